-- Votes become numbers of their own; what was written before is carried over.
ALTER TABLE agenda_item ADD votes_yes integer, ADD votes_no integer, ADD votes_abstained integer;
UPDATE agenda_item
   SET votes_yes = split_part(vote, ':', 1)::integer,
       votes_no = split_part(vote, ':', 2)::integer,
       votes_abstained = split_part(vote, ':', 3)::integer
 WHERE vote IS NOT NULL;
ALTER TABLE agenda_item DROP vote;

-- Numbers of papers get a fourth digit.
UPDATE paper SET number = regexp_replace(number, '/(\d{3})$', '/0\1');

-- The council's meetings are broadcast.
ALTER TABLE meeting ADD livestream_url text;
UPDATE meeting SET livestream_url = 'https://livestream.example/sitzung/' || id, changed_at = now()
 WHERE committee_id = 1 AND starts_at > now();
