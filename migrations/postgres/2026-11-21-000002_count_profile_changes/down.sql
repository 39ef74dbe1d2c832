DROP TRIGGER users_profile_changed ON users;
DROP FUNCTION count_profile_change();
DROP TABLE profile_changes;
