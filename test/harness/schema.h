/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of migrations/ in a test's PostgreSQL. */
#pragma once

#include "harness/servers.h"

/* Provisions and migrates the database "netguru" to the head. */
void test_postgres_migrate(const TestPostgres *postgres);
/* Returns the url of the application's role. */
const char *test_postgres_app_url(TestPostgres *postgres);
