/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document_doc.h"

static const ApiSchema document = {
    "Document",
    "id: uuid, filename?: text, original_filename: text, file_type: text, "
    "file_size_bytes: integer, mime_type?: text, "
    "status: (uploaded|processing|completed|failed), vendor?: text, failure_reason?: text, "
    "metadata?: object, sha256?: text, created_at: time, processed_at?: time, "
    "task?: {id: uuid, task_type: text, status: (pending|running|completed|failed), "
    "progress: integer, stage?: text, error_message?: text}, "
    "archive?: {members: [{id: uuid, name: text, is_new: boolean, file_type: text, "
    "status: (uploaded|processing|completed|failed), failure_reason?: text}], "
    "left_out: [{name: text, reason: (hidden|link|special|encrypted|archive|empty|too_large|kind|"
    "content|damaged|duplicate|quota|jobs), message?: text}]}",
};

const RouteDoc document_upload_doc = {
    .summary = "Uploads a file, whose analysis begins at once",
    .description =
        "The answer is 200 with the document that exists if the user has the same bytes already. "
        "The job of an archive of several files makes a document of each; the document of the "
        "archive names them in `archive` when it is completed.",
    .body = "file: file",
    .body_type = "multipart/form-data",
    .answers = {{201, &document}, {200, &document}},
    .errors = {402, 409},
};

const RouteDoc document_list_doc = {
    .summary = "Lists the documents, newest first",
    .query = PAGE_QUERY ", status?: (uploaded|processing|completed|failed), "
                        "file_type?: text ..50",
    .answers = {{200, &document, .is_page = true}},
};

const RouteDoc document_show_doc = {
    .summary = "Shows a document",
    .description = "`archive` has the documents that came out of an archive, as they are now. "
                   "Lists leave it out.",
    .answers = {{200, &document}},
};

const RouteDoc document_download_doc = {
    .summary = "Returns the bytes of the file",
    .answers = {{200, .media_type = "application/octet-stream"}},
};

const RouteDoc document_delete_doc = {
    .summary = "Deletes a document, its file and what was derived from it",
    .answers = {{204}},
};

#define PACKET_ROW                                                                                 \
    "number: integer, time?: text, relative_s?: number, source: text, destination: text, "         \
    "protocol: text, length: integer, captured: integer, info: text, "                             \
    "conversation?: {transport: (tcp|udp|sctp), stream: integer, from: (a|b), "                    \
    "source_port: integer, destination_port: integer}, "                                           \
    "tcp?: {flags: [text], seq: integer, ack: integer, relative_seq?: integer, "                   \
    "relative_ack?: integer, window: integer, length: integer, events: [text]}"

static const ApiSchema packet_list_schema = {
    "PacketList",
    "items: [{" PACKET_ROW "}], next?: integer",
};

static const ApiSchema packet_schema = {
    "Packet",
    PACKET_ROW ", interface: integer, link_type: text, "
               "layers: [{name: text, reassembled?: boolean, offset?: integer, length: integer, "
               "fields: [{name: text, value: text, meaning?: text, offset?: integer, "
               "length?: integer}]}], "
               "fields_limited: boolean, bytes: text",
};

const RouteDoc packet_list_doc = {
    .summary = "Lists packets of a capture, from a number on",
    .description = "next is the number of the next packet of the list, or null. A conversation is "
                   "tcp:N, udp:N or sctp:N, with the number that the analysis gives its stream.",
    .query = "first?: integer 1.., limit?: integer 1..500, conversation?: text ..20",
    .answers = {{200, &packet_list_schema}},
};

const RouteDoc packet_show_doc = {
    .summary = "Shows a packet: its layers with their fields, and its bytes",
    .description = "Names of layers and fields are those of Wireshark's display filters. bytes has "
                   "the first 65536 captured bytes as hexadecimal digits.",
    .answers = {{200, &packet_schema}},
};
