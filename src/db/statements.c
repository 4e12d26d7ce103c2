/* SPDX-License-Identifier: Apache-2.0 */
/* The list of statements is the section that DB_STATEMENT places them in. The linker names its
 * bounds. */
#include "db/internal.h"

extern const DbStatement __start_db_statements[];
extern const DbStatement __stop_db_statements[];

/* Without gaps: the section is an array. */
_Static_assert((sizeof(DbStatement) & (sizeof(DbStatement) - 1)) == 0, "a power of two");

DbStatementList db_statement_list(void)
{
    return (DbStatementList){__start_db_statements,
                             (size_t)(__stop_db_statements - __start_db_statements)};
}

bool db_statement_is_listed(const DbStatement *statement)
{
    return statement >= __start_db_statements && statement < __stop_db_statements;
}
