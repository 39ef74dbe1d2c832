-- How often what people are shown by has changed: one row. Pages that are kept in memory show people as they are now,
-- and are compared with it. It is counted here, in the transaction of the change, so that nobody can forget to, not even
-- who changes a name by hand.
CREATE TABLE profile_changes (
    number integer NOT NULL
) STRICT;

INSERT INTO profile_changes VALUES (0);

CREATE TRIGGER users_profile_changed AFTER UPDATE ON users
    WHEN OLD.username IS NOT NEW.username OR OLD.name IS NOT NEW.name OR OLD.avatar IS NOT NEW.avatar
BEGIN
    UPDATE profile_changes SET number = number + 1;
END;
