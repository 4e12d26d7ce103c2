-- SPDX-License-Identifier: Apache-2.0
-- What serve reads for /metrics/data, in one round trip. No table is counted: the numbers come from PostgreSQL's own
-- statistics, and from indexes that hold only what is in progress. Labels are names of our tables, queues and statements.
--
-- The statistics of other sessions and statements are shown to members of pg_read_all_stats. provision.sql makes the owner
-- one. Without that, the metrics of statements and replication say less, and statistics_readable is 0.

-- Dead letters are few, and their number is a metric.
CREATE INDEX idx_analysis_tasks_dead ON analysis_tasks (completed_at) WHERE failure_kind = 'dead';

-- Statements whose mean time is above 100 ms, by the name in the comment that the program puts before each text. The texts
-- are read only where there are such statements.
CREATE FUNCTION metrics_read_statements()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slow bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM public.pg_stat_statements(false) AS s
             WHERE s.mean_exec_time > 100 AND s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())'
        INTO slow;
    RETURN QUERY VALUES ('statements_available', '', 1::double precision), ('slow_statements', '', slow::double precision);
    IF slow = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE $query$
        WITH named AS (
            SELECT coalesce(substring(s.query FROM '^/\* ([a-z][a-z0-9_]{0,58}) \*/'), 'other') AS name,
                sum(s.calls)::double precision AS calls, sum(s.total_exec_time) / 1000 AS seconds
            FROM public.pg_stat_statements(true) AS s
            WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) AND s.mean_exec_time > 100
            GROUP BY 1
            ORDER BY sum(s.total_exec_time) DESC LIMIT 20
        )
        SELECT v.family, n.name, v.value FROM named AS n
        CROSS JOIN LATERAL (VALUES ('slow_statement_calls', n.calls), ('slow_statement_seconds', n.seconds),
            ('slow_statement_mean_seconds', n.seconds / nullif(n.calls, 0))) AS v (family, value)
    $query$;
EXCEPTION WHEN undefined_function OR undefined_table OR object_not_in_prerequisite_state OR insufficient_privilege THEN
    -- The extension is not there, or not in shared_preload_libraries.
    RETURN QUERY VALUES ('statements_available', '', 0::double precision);
END
$$;

-- The standbys of this server, or how far it is behind its own primary.
CREATE FUNCTION metrics_read_replication()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY VALUES ('is_standby', '', pg_is_in_recovery()::int::double precision);
    IF pg_is_in_recovery() THEN
        RETURN QUERY VALUES ('replication_lag_seconds', '', CASE
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::double precision);
        RETURN;
    END IF;
    RETURN QUERY
        SELECT v.family, '', v.value FROM (
            SELECT count(*)::double precision AS standbys,
                coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)), 0)::double precision AS bytes,
                coalesce(max(extract(epoch FROM r.replay_lag)), 0)::double precision AS seconds
            FROM pg_stat_replication AS r) AS s
        CROSS JOIN LATERAL (VALUES ('standbys', s.standbys), ('replication_lag_bytes', s.bytes),
            ('replication_lag_seconds', s.seconds)) AS v (family, value);
    RETURN QUERY
        SELECT 'replication_slots_inactive', '', count(*) FILTER (WHERE NOT s.active)::double precision
        FROM pg_replication_slots AS s
        UNION ALL
        SELECT 'replication_slot_retained_bytes', '',
            coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)), 0)::double precision
        FROM pg_replication_slots AS s
        UNION ALL
        SELECT 'wal_bytes', '', pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::double precision;
END
$$;

CREATE FUNCTION metrics_read_sessions()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH sessions AS (
        SELECT CASE WHEN a.state IN ('active', 'idle') THEN a.state
            WHEN a.state LIKE 'idle in transaction%' THEN 'idle in transaction' ELSE 'other' END AS state,
            a.wait_event_type = 'Lock' AS is_blocked, clock_timestamp() - a.xact_start AS since
        FROM pg_stat_activity AS a
        WHERE a.backend_type = 'client backend' AND a.datname = current_database()
    )
    SELECT 'connections', s.name, count(x.state)::double precision
    FROM (VALUES ('active'), ('idle'), ('idle in transaction'), ('other')) AS s (name)
    LEFT JOIN sessions AS x ON x.state = s.name
    GROUP BY s.name
    UNION ALL
    SELECT v.family, '', v.value
    FROM (SELECT count(*) FILTER (WHERE x.is_blocked) AS blocked, max(extract(epoch FROM x.since)) AS longest FROM sessions AS x) AS t
    CROSS JOIN LATERAL (VALUES ('connections_blocked', t.blocked::double precision),
        ('longest_transaction_seconds', greatest(coalesce(t.longest, 0), 0)::double precision)) AS v (family, value)
    UNION ALL
    SELECT 'connections_limit', '', current_setting('max_connections')::double precision
$$;

CREATE FUNCTION metrics_read_database()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT v.family, v.label, v.value
    FROM pg_stat_database AS s
    JOIN pg_database AS d ON d.oid = s.datid
    CROSS JOIN LATERAL (VALUES
        ('statistics_readable', '', pg_has_role('netguru_owner', 'pg_read_all_stats', 'USAGE')::int::double precision),
        ('database_bytes', '', pg_database_size(s.datid)),
        ('blocks', 'cache', s.blks_hit), ('blocks', 'disk', s.blks_read),
        ('cache_hit_ratio', '', s.blks_hit / nullif(s.blks_hit + s.blks_read, 0)::double precision),
        ('transactions', 'commit', s.xact_commit), ('transactions', 'rollback', s.xact_rollback),
        ('deadlocks', '', s.deadlocks),
        ('temporary_bytes', '', s.temp_bytes),
        ('checksum_failures', '', coalesce(s.checksum_failures, 0)),
        ('transaction_id_age', '', age(d.datfrozenxid)),
        ('uptime_seconds', '', extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()))
    ) AS v (family, label, value)
    WHERE s.datname = current_database() AND v.value IS NOT NULL
    UNION ALL
    SELECT 'archive_failures', '', a.failed_count FROM pg_stat_archiver AS a
$$;

CREATE FUNCTION metrics_read_tables()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT v.family, t.relname::text, v.value
    FROM pg_stat_user_tables AS t
    CROSS JOIN LATERAL (VALUES
        ('table_live_rows', t.n_live_tup::double precision),
        ('table_dead_rows', t.n_dead_tup),
        ('table_dead_ratio', t.n_dead_tup / greatest(t.n_live_tup + t.n_dead_tup, 1)::double precision),
        ('table_bytes', pg_total_relation_size(t.relid)),
        ('table_vacuums', t.vacuum_count + t.autovacuum_count),
        ('table_vacuum_age_seconds', extract(epoch FROM clock_timestamp() - greatest(t.last_vacuum, t.last_autovacuum))),
        ('table_sequential_rows', t.seq_tup_read)
    ) AS v (family, value)
    WHERE t.schemaname = 'public' AND v.value IS NOT NULL
$$;

CREATE FUNCTION metrics_read_queues()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT v.family, q.queue, v.value
    FROM public.task_queue_summary() AS q
    CROSS JOIN LATERAL (VALUES ('queue_due', q.due::double precision), ('queue_delayed', q.delayed), ('queue_running', q.running),
        ('queue_workers', q.live_workers), ('queue_oldest_seconds', q.oldest_due_seconds)) AS v (family, value)
    UNION ALL
    -- Above ten thousand the exact number tells nothing more.
    SELECT 'jobs_dead', '', count(*)
    FROM (SELECT FROM public.analysis_tasks AS t WHERE t.failure_kind = 'dead' LIMIT 10000) AS dead
$$;

CREATE FUNCTION metrics_read()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT * FROM public.metrics_read_database()
    UNION ALL SELECT * FROM public.metrics_read_sessions()
    UNION ALL SELECT * FROM public.metrics_read_replication()
    UNION ALL SELECT * FROM public.metrics_read_tables()
    UNION ALL SELECT * FROM public.metrics_read_queues()
    UNION ALL SELECT * FROM public.metrics_read_statements()
$$;

REVOKE ALL ON FUNCTION metrics_read_statements(), metrics_read_replication(), metrics_read_sessions(), metrics_read_database(),
    metrics_read_tables(), metrics_read_queues(), metrics_read() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION metrics_read() TO netguru_app, netguru_serve;
