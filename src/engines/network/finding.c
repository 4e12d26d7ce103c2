/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/finding.h"

const char *finding_severity_name(FindingSeverity severity)
{
    static const char *const names[SEVERITY_COUNT] = {
        [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "note"};
    return names[severity];
}

void findings_write_json(const DeviceFindingVec *findings, JsonWriter *json)
{
    json_begin_array(json);
    for (size_t i = 0; i < findings->count; i++) {
        const DeviceFinding *finding = &findings->items[i];
        json_begin_object(json);
        json_field_text(json, "id", finding->id);
        json_field_text(json, "severity", finding_severity_name(finding->severity));
        json_field_str(json, "title", finding->title);
        if (finding->detail.size)
            json_field_str(json, "detail", finding->detail);
        if (finding->fix.size)
            json_field_str(json, "fix", finding->fix);
        json_field_u64(json, "line", finding->line);
        if (finding->other_line)
            json_field_u64(json, "other_line", finding->other_line);
        json_end(json);
    }
    json_end(json);
}
