SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = warning;
DO $clear$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT nspname AS name FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_namespace.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', each.name);
    END LOOP;
    FOR each IN
        SELECT format('%I', relname) AS name, CASE relkind
            WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
            WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
        ORDER BY relkind = 'S'
    LOOP
        EXECUTE format('DROP %s IF EXISTS public.%s CASCADE', each.kind, each.name);
    END LOOP;
    FOR each IN
        SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', each.name);
    END LOOP;
    FOR each IN
        SELECT format('%I', typname) AS name FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS public.%s CASCADE', each.name);
    END LOOP;
END
$clear$;
