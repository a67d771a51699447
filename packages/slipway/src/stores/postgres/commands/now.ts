/** The database's clock is that of all instances. */
export const now = `
CREATE OR REPLACE FUNCTION schema.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;`;
