SELECT stored_as FROM motion WHERE stored_as IS NOT NULL
