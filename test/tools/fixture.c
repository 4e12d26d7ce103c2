/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

TestServices *all;

/* Documents of ana and of bob. The text of core1.cfg has blank lines between its chunks, and a line
 * that fills two chunks. */
static const char fill_sql[] =
    "TRUNCATE documents, embeddings, analysis_tasks, topology_snapshots, knowledge_sources,"
    " users CASCADE;"
    "INSERT INTO users (id, email, hashed_password) VALUES"
    " ('" ANA "', 'ana@example.net', '$2b$x'), ('" BOB "', 'bob@example.net', '$2b$x');"
    "INSERT INTO documents (id, user_id, filename, original_filename, file_type, file_size_bytes,"
    "  storage_path, status, metadata, created_at) VALUES"
    " ('" CORE "', '" ANA "', 'a', 'core1.cfg', 'config', 100, 'local:a', 'completed',"
    "  '{\"vendor\": \"cisco\", \"hostname\": \"core1\"}', '2026-01-01'),"
    " ('" EDGE "', '" ANA "', 'b', 'edge1.cfg', 'config', 100, 'local:b', 'completed',"
    "  '{\"vendor\": \"juniper\", \"hostname\": \"edge1\"}', '2026-01-02'),"
    " ('" LOG "', '" ANA "', 'c', 'core1.log', 'log', 100, 'local:c', 'completed', '{}',"
    "  '2026-01-03'),"
    " ('" CAPTURE "', '" ANA "', 'd', 'slow.pcap', 'pcap', 100, 'local:d', 'completed', '{}',"
    "  '2026-01-04'),"
    " ('" PENDING "', '" ANA "', 'e', 'new.cfg', 'config', 100, 'local:e', 'processing', '{}',"
    "  '2026-01-05'),"
    " ('" FAILED "', '" ANA "', 'f', 'bad.pdf', 'pdf', 100, 'local:f', 'failed',"
    "  '{\"error\": \"the PDF holds no text\"}', '2026-01-06'),"
    " ('" SECRET "', '" BOB "', 'g', 'secret.cfg', 'config', 100, 'local:g', 'completed',"
    "  '{\"hostname\": \"secret\"}', '2026-01-07');"
    "INSERT INTO knowledge_sources (id, name, sha256) VALUES"
    " ('" SOURCE "', 'ospf.md', sha256('x'));"
    "INSERT INTO embeddings (user_id, document_id, source_id, chunk_index, chunk_text, line_start,"
    "  line_end, page, metadata) VALUES"
    " ('" ANA "', '" CORE "', NULL, 0, E'hostname core1\\n!', 1, 3, NULL, '{}'),"
    " ('" ANA "', '" CORE "', NULL, 1, E'interface Gi0/1\\n mtu 9000', 4, 8, NULL,"
    "  '{\"text_line\": 6}'),"
    " ('" ANA "', '" CORE "', NULL, 2, 'banner motd one', 9, 9, NULL, '{}'),"
    " ('" ANA "', '" CORE "', NULL, 3, 'two three', 9, 9, NULL, '{}'),"
    " ('" ANA "', '" CORE "', NULL, 4, 'end', 10, 12, NULL, '{}'),"
    " ('" ANA "', '" EDGE "', NULL, 0, E'hostname edge1\\n!\\ninterface Gi0/1\\n mtu 1500\\n"
    " shutdown\\nend', 1, 6, NULL, '{}'),"
    " ('" ANA "', '" LOG "', NULL, 0, E'one\\ntwo\\nthree\\nfour', 1, 4, NULL, '{}'),"
    " ('" ANA "', '" LOG "', NULL, 1, E'three\\nfour\\nfive', 3, 5, NULL, '{}'),"
    " ('" BOB "', '" SECRET "', NULL, 0, 'hostname secret ospf', 1, 1, NULL, '{}'),"
    " (NULL, NULL, '" SOURCE "', 0, 'OSPF stays in EXSTART', 3, 4, NULL, '{}');"
    "INSERT INTO analysis_tasks (user_id, document_id, task_type, celery_task_id, status,"
    "  settles_document, result) VALUES"
    " ('" ANA "', '" CORE "', 'document_processing', 'core', 'completed', true, '{"
    "  \"hostname\": {\"value\": \"core1\", \"line\": 1}, \"vendor\": {\"id\": \"cisco_ios\"},"
    "  \"interfaces\": ["
    "   {\"name\": \"Gi0/1\", \"canonical\": \"GigabitEthernet0/1\", \"line\": 6, \"last_line\": 7,"
    "    \"addresses\": [{\"address\": \"10.0.1.1/30\", \"family\": 4, \"line\": 7}],"
    "    \"isis\": {\"enabled\": true, \"process\": \"CORE\", \"line\": 8},"
    "    \"ospf\": {\"enabled\": true, \"area\": 0, \"line\": 7}},"
    "   {\"name\": \"Gi0/2\", \"canonical\": \"GigabitEthernet0/2\", \"line\": 8,"
    "    \"ospf\": {\"enabled\": false, \"cost\": 5}}],"
    "  \"vlans\": [{\"id\": 10, \"name\": \"USERS\", \"line\": 3}], \"vrfs\": [],"
    "  \"isis\": [{\"id\": \"CORE\", \"line\": 20, \"nets\": []}],"
    "  \"eigrp\": [{\"id\": \"100\", \"as\": 100, \"line\": 30, \"networks\": []}],"
    "  \"ospf\": [{\"id\": \"1\", \"version\": 2, \"line\": 9, \"networks\": []}],"
    "  \"bgp\": [{\"asn\": 65010, \"line\": 10, \"networks\": [],"
    "   \"neighbors\": [{\"address\": \"10.0.0.2\", \"remote_as\": 65020, \"line\": 11}],"
    "   \"groups\": [{\"group_name\": \"RR\", \"line\": 12}]}],"
    "  \"static_routes\": [{\"prefix\": \"0.0.0.0/0\", \"next_hop\": \"10.0.1.2\", \"line\": 13}],"
    "  \"acls\": [{\"name\": \"EDGE\", \"line\": 14, \"entries\": ["
    "    {\"line\": 15, \"action\": \"permit\", \"text\": \"permit ip any any\"},"
    "    {\"line\": 16, \"action\": \"deny\", \"text\": \"deny ip any any\"}]}],"
    "  \"prefix_lists\": [], \"route_maps\": [], \"not_understood\": [],"
    "  \"nat_rules\": [{\"kind\": \"inside source\", \"line\": 17}],"
    "  \"zones\": [{\"name\": \"trust\", \"line\": 19}],"
    "  \"zone_policies\": [{\"name\": \"P\", \"line\": 20}],"
    "  \"nat_pools\": [{\"name\": \"P\", \"line\": 18}],"
    "  \"warnings\": [{\"line\": 7, \"message\": \"the mask is odd\"}]}'),"
    " ('" ANA "', '" LOG "', 'document_processing', 'log', 'completed', true, '{"
    "  \"lines\": 5, \"messages\": 4, \"by_severity\": {\"error\": 1}, \"hosts\": [],"
    "  \"mnemonics\": [], \"events_left_out\": [0, 0, 0, 0, 0, 2, 0, 0], \"events\": ["
    "   {\"host\": \"core1\", \"severity\": 3, \"line_start\": 1, \"line_end\": 1,"
    " \"text\": \"a\"},"
    "   {\"host\": \"core2\", \"line_start\": 2, \"line_end\": 2, \"text\": \"b\"},"
    "   {\"host\": \"core1\", \"severity\": 6, \"line_start\": 3, \"line_end\": 3, \"text\": \"c\"}"
    "  ]}'),"
    " ('" ANA "', '" CAPTURE "', 'pcap_analysis', 'capture', 'completed', true, '{"
    "  \"packets\": 40, \"protocols\": {\"rows\": [{\"name\": \"tcp\", \"frames\": 40}]},"
    "  \"hosts\": {\"count\": 3, \"rows\": [{\"address\": \"10.0.0.1\"}]}, \"interfaces\": {},"
    "  \"conversations\": {\"count\": 2, \"rows\": ["
    "   {\"transport\": \"tcp\", \"address_a\": \"10.0.0.1\", \"port_a\": 5000,"
    "    \"address_b\": \"10.0.0.2\", \"port_b\": 443, \"packets_a_to_b\": 1,"
    "    \"packets_b_to_a\": 1, \"bytes_a_to_b\": 500, \"bytes_b_to_a\": 1, \"duration_s\": 0.5,"
    "    \"tcp\": {\"initial_rtt_s\": 0.1, \"retransmission\": 1}},"
    "   {\"transport\": \"tcp\", \"address_a\": \"2001:db8::1\", \"port_a\": 5001,"
    "    \"address_b\": \"2001:db8::2\", \"port_b\": 80, \"packets_a_to_b\": 9,"
    "    \"packets_b_to_a\": 9, \"bytes_a_to_b\": 100, \"bytes_b_to_a\": 1, \"duration_s\": 0.1,"
    "    \"tcp\": {\"initial_rtt_s\": 0.2, \"retransmission\": 7}}]}}'),"
    " ('" BOB "', '" SECRET "', 'document_processing', 'secret', 'completed', true,"
    "  '{\"interfaces\": [], \"warnings\": []}');";

/* core1 - edge1 by two links, a network behind edge1, and core1 - old1, whose document has been
 * deleted. */
static const char network_sql[] =
    "INSERT INTO topology_snapshots (id, user_id, title, graph_data, metadata) VALUES"
    " ('" TOPOLOGY "', '" ANA "', 'All', '{\"nodes\": ["
    "   {\"id\": \"core1\", \"type\": \"router\", \"data\": {\"label\": \"core1\","
    "    \"hostname\": \"core1\", \"file\": \"core1.cfg\", \"ip\": \"10.0.0.1\", \"asn\": 65010}},"
    "   {\"id\": \"edge1\", \"type\": \"router\", \"data\": {\"label\": \"edge1\","
    "    \"hostname\": \"edge1.example.net\", \"file\": \"edge1.cfg\"}},"
    "   {\"id\": \"old1\", \"type\": \"router\", \"data\": {\"label\": \"old1\","
    "    \"file\": \"old1.cfg\"}},"
    "   {\"id\": \"net-10.9.0.0/24\", \"type\": \"network\", \"data\": {\"label\":"
    "    \"10.9.0.0/24\"}},"
    "   {\"id\": \"as64500\", \"type\": \"external\", \"data\": {\"label\": \"AS 64500\"}}],"
    "  \"edges\": ["
    "   {\"id\": \"e1\", \"source\": \"core1\", \"target\": \"edge1\","
    " \"data\": {\"kind\": \"link\","
    "    \"problem\": true, \"source\": {\"interface\": \"Gi0/1\", \"address\": \"10.0.1.1/30\"},"
    "    \"target\": {\"interface\": \"ge-0/0/0\"}, \"evidence\": [{\"source\": \"subnet-p2p\","
    "     \"text\": \"10.0.1.0/30\", \"at\": [{\"file\": \"core1.cfg\", \"line\": 7},"
    "      {\"file\": \"edge1.cfg\", \"line\": 4}]}, {\"source\": \"description\","
    " \"text\": \"gone\","
    "     \"at\": [{\"file\": \"old1.cfg\", \"line\": 1}]}]}},"
    "   {\"id\": \"e2\", \"source\": \"core1\", \"target\": \"edge1\","
    " \"data\": {\"kind\": \"link\"}},"
    "   {\"id\": \"e3\", \"source\": \"core1\", \"target\": \"old1\","
    " \"data\": {\"kind\": \"link\"}},"
    "   {\"id\": \"e4\", \"source\": \"edge1\", \"target\": \"net-10.9.0.0/24\", \"data\":"
    "    {\"kind\": \"lan\"}},"
    "   {\"id\": \"e5\", \"source\": \"as64500\", \"target\": \"edge1\","
    " \"data\": {\"kind\": \"bgp\"}},"
    "   {\"id\": \"e6\", \"source\": \"core1\", \"target\": \"edge1\","
    " \"data\": {\"kind\": \"bgp\"}}]}',"
    "  '{\"documents\": [{\"id\": \"" CORE "\", \"file\": \"core1.cfg\"},"
    "    {\"id\": \"" EDGE "\", \"file\": \"edge1.cfg\"},"
    "    {\"id\": \"50000000-0000-4000-8000-000000000001\", \"file\": \"old1.cfg\"}],"
    "   \"findings\": ["
    "    {\"severity\": \"error\", \"kind\": \"ospf_mtu_mismatch\","
    " \"message\": \"9000 against 1500\","
    "     \"at\": [{\"file\": \"core1.cfg\", \"line\": 7}, {\"file\": \"edge1.cfg\","
    " \"line\": 4}]},"
    "    {\"severity\": \"info\", \"kind\": \"bgp_unknown_remote\", \"message\": \"x\","
    "     \"at\": [{\"file\": \"edge1.cfg\", \"line\": 2}]},"
    "    {\"severity\": \"error\", \"kind\": \"duplicate_ip\", \"message\": \"old\","
    "     \"at\": [{\"file\": \"old1.cfg\", \"line\": 1}]}]}'),"
    " ('" TOPOLOGY_OF_BOB "', '" BOB "', 'Bob', '{\"nodes\": [], \"edges\": []}', '{}');";

int fixture_start(void **state)
{
    (void)state;
    all = test_services_start();
    return 0;
}

int fixture_stop(void **state)
{
    (void)state;
    test_services_stop(all);
    return 0;
}

void fixture_run(const char *sql)
{
    test_postgres_run(all->postgres, sql);
}

int fixture_fill(void **state)
{
    (void)state;
    fixture_run(fill_sql);
    fixture_run(network_sql);
    return 0;
}

static void act_as(Task *task, const char *user)
{
    task->has_user = true;
    EXPECT(task, uuid_parse(str_of(user), &task->user_id));
}

void act_as_ana(Task *task)
{
    act_as(task, ANA);
}

void act_as_bob(Task *task)
{
    act_as(task, BOB);
}

const JsonValue *call(Task *task, const char *tool, const char *arguments)
{
    Str answer;
    const Tool *found = tool_find(str_of(tool));
    EXPECT(task, found, NULL);
    if (!tool_run(task, &all->services, found, str_of(arguments), &answer))
        return NULL;
    EXPECT(task, answer.size <= TOOL_ANSWER_MAX_BYTES, NULL);
    const JsonValue *json = json_parse(task->arena, answer, &task->error);
    EXPECT(task, json && json_get(json, "cost"), NULL);
    return json;
}

void expect_failure(Task *task, const char *tool, const char *arguments, ErrorCode code,
                    const char *words)
{
    const JsonValue *answer = call(task, tool, arguments);
    EXPECT(task, !answer);
    EXPECT_INT(task, task->error.code, code);
    if (str_find(str_of(task->error.message), str_of(words)) == STR_NOT_FOUND)
        EXPECT_STR(task, str_of(task->error.message), words);
    task_forget_error(task);
}

const JsonValue *item(const JsonValue *answer, const char *member, size_t nth)
{
    const JsonValue *list = json_get(answer, member);
    return list && nth < list->count ? &list->items[nth] : NULL;
}

size_t count(const JsonValue *answer, const char *member)
{
    const JsonValue *list = json_get(answer, member);
    return list ? list->count : 0;
}

size_t count_all(Task *task, const char *tool, const char *arguments, const char *member)
{
    size_t total = 0;
    int64_t more = 0;
    do {
        const char *comma = strlen(arguments) > 2 ? "," : "";
        Str with_more = arena_printf(task->arena, "%.*s%s\"more\":%lld}",
                                     (int)strlen(arguments) - 1, arguments, comma, (long long)more);
        const JsonValue *answer = call(task, tool, more ? with_more.data : arguments);
        EXPECT(task, answer && count(answer, member) > 0, 0);
        total += count(answer, member);
        EXPECT(task, json_i64_or(answer, "more", INT64_MAX) > more, 0);
        more = json_i64_or(answer, "more", 0);
    } while (more);
    return total;
}
