-- How often pages are looked at.
CREATE TABLE page_view (day date NOT NULL, program text NOT NULL, views bigint NOT NULL DEFAULT 0, PRIMARY KEY (day, program));
ALTER TABLE paper ADD views bigint NOT NULL DEFAULT 0;
