-- How often what people are shown by has changed: one row. Pages that are kept in memory show people as they are now,
-- and are compared with it. It is counted here, in the transaction of the change, so that nobody can forget to, not even
-- who changes a name by hand.
CREATE TABLE profile_changes (
    number bigint NOT NULL
);

INSERT INTO profile_changes VALUES (0);

CREATE FUNCTION count_profile_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE profile_changes SET number = number + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER users_profile_changed AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.username, OLD.name, OLD.avatar) IS DISTINCT FROM (NEW.username, NEW.name, NEW.avatar))
    EXECUTE FUNCTION count_profile_change();
