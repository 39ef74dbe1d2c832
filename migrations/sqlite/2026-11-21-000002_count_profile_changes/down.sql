DROP TRIGGER users_profile_changed;
DROP TABLE profile_changes;
