# SPDX-License-Identifier: Apache-2.0
"""PDFs of our own making."""

import zlib


def pdf(lines):
    """A PDF that shows the lines, 60 a page."""
    pages = [lines[i:i + 60] for i in range(0, len(lines), 60)]
    count = len(pages)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    for i, page in enumerate(pages):
        shown = "".join(
            "(%s) Tj T*\n" % line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").replace("\t", " ")
            for line in page
        )
        content = zlib.compress(f"BT /F1 6 Tf 20 800 Td 11 TL\n{shown}ET".encode("latin-1", "replace"))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1600 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>" % (5 + 2 * i)
        )
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content))
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(offsets) + 1, table, len(offsets) + 1, len(out),
    )
