DROP TABLE messages;
DROP TABLE participants;
DROP TABLE conversations;
DROP TABLE sessions;
DROP TABLE users;
