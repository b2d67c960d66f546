-- The council's data, and what politicians add to it. All dates are counted from the day of the installation, so
-- that there are meetings before and after it. Names, addresses and accounts are invented.
CREATE TABLE faction (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE committee (id integer PRIMARY KEY, name text NOT NULL, body_no integer NOT NULL);
CREATE TABLE person (
  id integer PRIMARY KEY, name text NOT NULL, party text NOT NULL, function text NOT NULL,
  address text NOT NULL, email text NOT NULL, phone text NOT NULL, faction_id integer REFERENCES faction);
CREATE TABLE membership (
  committee_id integer REFERENCES committee, person_id integer REFERENCES person, role text NOT NULL,
  PRIMARY KEY (committee_id, person_id));
CREATE TABLE meeting (
  id integer PRIMARY KEY, committee_id integer NOT NULL REFERENCES committee, starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL, place text NOT NULL, changed_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON meeting (starts_at);
CREATE TABLE paper (
  id integer PRIMARY KEY, number text NOT NULL UNIQUE, title text NOT NULL, kind text NOT NULL, body text NOT NULL,
  place text, public boolean NOT NULL, created_on date NOT NULL, committee_id integer NOT NULL REFERENCES committee);
CREATE TABLE agenda_item (
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (START 5001), meeting_id integer NOT NULL REFERENCES meeting,
  position integer NOT NULL, title text NOT NULL, public boolean NOT NULL, paper_id integer REFERENCES paper,
  resolution text, vote text);
CREATE INDEX ON agenda_item (meeting_id);
CREATE TABLE minutes (meeting_id integer PRIMARY KEY REFERENCES meeting, text text NOT NULL, approved_on date);
CREATE TABLE account (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, login text NOT NULL UNIQUE, person_id integer NOT NULL REFERENCES person,
  body_no integer NOT NULL, password text NOT NULL, totp_secret text, totp_step bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0, locked_until timestamptz);
CREATE TABLE sign_in (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, account_id bigint NOT NULL REFERENCES account, address text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(), seen_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz);
CREATE TABLE note (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, account_id bigint NOT NULL REFERENCES account,
  paper_id integer NOT NULL REFERENCES paper, text text NOT NULL, written_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE motion (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, account_id bigint NOT NULL REFERENCES account, title text NOT NULL,
  text text NOT NULL, submitted_at timestamptz NOT NULL DEFAULT now(), file_name text, stored_as text);
CREATE TABLE attendance (
  account_id bigint REFERENCES account, meeting_id integer REFERENCES meeting, answer text NOT NULL, PRIMARY KEY (account_id, meeting_id));
CREATE TABLE vote (
  account_id bigint REFERENCES account, item_id integer REFERENCES agenda_item, choice text NOT NULL, PRIMARY KEY (account_id, item_id));
CREATE TABLE audit (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), event text NOT NULL,
  login text NOT NULL, address text NOT NULL);
CREATE INDEX ON audit (login);

INSERT INTO faction VALUES (1, 'Bürgerliste'), (2, 'Wählergemeinschaft Mitte'), (3, 'Grüne Liste');

-- body_no counts the bodies in the order of the parameters; with fewer bodies it starts again at the first.
INSERT INTO committee VALUES
  (1, 'Vertretung', 1), (2, 'Hauptausschuss', 1), (3, 'Bau- und Umweltausschuss', 1),
  (4, 'Ausschuss für Schule und Soziales', 1), (5, 'Ortsrat Nord', 2), (6, 'Ortsrat Süd', 3);

INSERT INTO person VALUES
  (1, 'Marlene Sommer', 'Bürgerliste', 'Vorsitz der Vertretung', 'Seestraße 7', 'm.sommer@rat.example', '+49 3000 1001', 1),
  (2, 'Klaas Brandt', 'Wählergemeinschaft Mitte', 'Mitglied der Vertretung', 'Mühlenweg 3', 'k.brandt@rat.example', '+49 3000 1002', 2),
  (3, 'Aylin Keller', 'Grüne Liste', 'Mitglied der Vertretung', 'Am Birkenhain 9', 'a.keller@rat.example', '+49 3000 1003', 3),
  (4, 'Jörg Weiß', 'Bürgerliste', 'Mitglied der Vertretung', 'Lange Straße 44', 'j.weiss@rat.example', '+49 3000 1004', 1),
  (5, 'Svenja Großmann', 'Wählergemeinschaft Mitte', 'Stellvertretender Vorsitz', 'Kirchplatz 1', 's.grossmann@rat.example', '+49 3000 1005', 2),
  (6, 'Peter Ahrens', 'Grüne Liste', 'Ausschussvorsitz', 'Dorfstraße 12', 'p.ahrens@rat.example', '+49 3000 1006', 3),
  (7, 'Dörte Hansen-Lüth', 'Bürgerliste', 'Ausschussvorsitz', 'Deichweg 5', 'd.hansen-lueth@rat.example', '+49 3000 1007', 1),
  (8, 'Emre Yıldız', 'Wählergemeinschaft Mitte', 'Sachkundiger Einwohner', 'Bahnhofstraße 20', 'e.yildiz@rat.example', '+49 3000 1008', 2);

INSERT INTO membership
SELECT c.id, p.id, CASE WHEN p.id = c.id THEN 'Vorsitz' ELSE 'Mitglied' END
  FROM committee c, person p WHERE c.id = 1 OR p.id = c.id OR (p.id + c.id) % 2 = 0;

-- One meeting a committee and month, from eight months ago to four months ahead.
INSERT INTO meeting (id, committee_id, starts_at, ends_at, place)
SELECT 1000 + row_number() OVER (ORDER BY at, committee), committee, at, at + interval '2 hours',
       CASE WHEN committee < 5 THEN 'Rathaus, Sitzungssaal' ELSE 'Dorfgemeinschaftshaus, großer Saal' END
  FROM (SELECT c.id AS committee,
               -- Saturdays and Sundays move on to the Monday.
               (day + CASE extract(isodow FROM day) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END + time '18:00')
                 AT TIME ZONE 'Europe/Berlin' AS at
          FROM committee c, generate_series(-8, 4) AS month,
               LATERAL (SELECT (date_trunc('month', current_date::timestamp) + make_interval(months => month, days => 1 + 4 * c.id))::date) AS d (day)
       ) planned;

INSERT INTO paper (id, number, title, kind, body, place, public, created_on, committee_id)
SELECT 2000 + n, 'VO/' || to_char(day, 'YYYY') || '/' || to_char(n, 'FM000'), title, kind, body, place, public, day, committee
  FROM (SELECT n, current_date - (165 - 7 * n) AS day, title, kind, body, place, public, committee
          FROM (VALUES
    (1, 'Haushaltssatzung und Haushaltsplan', 'Beschlussvorlage', E'Der Entwurf des Haushaltsplans wird vorgelegt.\nDie Ansätze folgen der mittelfristigen Finanzplanung.', NULL, true, 1),
    (2, 'Radweg an der Seestraße', 'Beschlussvorlage', E'Die Verwaltung wird beauftragt, den Radweg zwischen Hafen und Schule zu planen.\nDie Kosten trägt zu 70 Prozent das Land.', 'Seestraße', true, 3),
    (3, 'Neubau der Kindertagesstätte', 'Beschlussvorlage', 'Für 80 Plätze wird ein Neubau am Kirchplatz vorgeschlagen. Der Bau beginnt im nächsten Jahr.', 'Kirchplatz', true, 4),
    (4, 'Verkauf eines Grundstücks im Gewerbegebiet', 'Beschlussvorlage', 'Der Kaufpreis und der Erwerber ergeben sich aus der Anlage.', 'Gewerbegebiet Ost', false, 2),
    (5, 'Lärmaktionsplan, dritte Stufe', 'Mitteilungsvorlage', 'Der Entwurf liegt vier Wochen lang öffentlich aus.', NULL, true, 3),
    (6, 'Digitale Ausstattung der Grundschulen', 'Antrag', 'Alle Klassenräume erhalten bis zum Schuljahresende eine Tafel mit Anschluss.', 'Grundschule', true, 4),
    (7, 'Satzung über die Erhebung von Straßenreinigungsgebühren', 'Beschlussvorlage', 'Die Gebühr sinkt um vier Prozent.', NULL, true, 2),
    (8, 'Personalangelegenheit: Leitung des Bauhofs', 'Beschlussvorlage', 'Die Stelle wird zum nächsten Ersten besetzt.', NULL, false, 2),
    (9, 'Bebauungsplan „Am Birkenhain“', 'Beschlussvorlage', E'Aufstellungsbeschluss nach § 2 BauGB.\nVorgesehen sind 34 Wohneinheiten.', 'Am Birkenhain', true, 3),
    (10, 'Sanierung des Dorfgemeinschaftshauses', 'Beschlussvorlage', 'Dach und Heizung werden erneuert.', 'Dorfstraße', true, 5),
    (11, 'Zuschuss für den Sportverein', 'Antrag', 'Der Verein erhält 5.000 Euro für die Jugendarbeit.', NULL, true, 6),
    (12, 'Vergabe der Planungsleistungen für die Feuerwache', 'Beschlussvorlage', 'Drei Angebote liegen vor, die Wertung ist vertraulich.', 'Feuerwache', false, 3),
    (13, 'Klimaschutzkonzept: Bericht über das zweite Jahr', 'Mitteilungsvorlage', 'Von 42 Maßnahmen sind 17 umgesetzt.', NULL, true, 3),
    (14, 'Wahl einer Schiedsperson', 'Beschlussvorlage', 'Vorgeschlagen wird die bisherige Amtsinhaberin.', NULL, true, 1),
    (15, 'Spielplatz am Deichweg', 'Antrag', 'Der Spielplatz wird mit Schatten und einem Zugang ohne Stufen versehen.', 'Deichweg', true, 6),
    (16, 'Pachtvertrag für die Badestelle', 'Beschlussvorlage', 'Der Vertrag mit dem Pächter wird nicht verlängert.', 'Badestelle', false, 5),
    (17, 'Öffnungszeiten der Bücherei', 'Antrag', 'Die Bücherei öffnet auch am Samstagvormittag.', 'Bücherei', true, 4),
    (18, 'Breitbandausbau im Außenbereich', 'Mitteilungsvorlage', 'Der Ausbau beginnt im Herbst mit 212 Adressen.', NULL, true, 2),
    (19, 'Straßenbeleuchtung: Umrüstung auf LED', 'Beschlussvorlage', 'Die Umrüstung spart 61 Prozent des Stroms.', NULL, true, 3),
    (20, 'Rechtsstreit über die Kläranlage', 'Mitteilungsvorlage', 'Der Vergleichsvorschlag des Gerichts liegt vor.', 'Kläranlage', false, 6),
    (21, 'Barrierefreier Umbau der Bushaltestellen', 'Beschlussvorlage', 'Neun Haltestellen werden umgebaut.', 'Bahnhofstraße', true, 3),
    (22, 'Jahresabschluss und Entlastung', 'Beschlussvorlage', 'Das Rechnungsprüfungsamt hat keine Einwände.', NULL, true, 1)
  ) AS t (n, title, kind, body, place, public, committee)) dated;

INSERT INTO agenda_item (meeting_id, position, title, public)
SELECT m.id, n, title, true FROM meeting m,
  (VALUES (1, 'Eröffnung der Sitzung'), (2, 'Genehmigung der Niederschrift'), (3, 'Einwohnerfragestunde')) AS t (n, title)
 ORDER BY m.id, n;

-- A paper is on the agenda of its committee's first meeting a week or more after it was written.
INSERT INTO agenda_item (meeting_id, position, title, public, paper_id)
SELECT meeting_id, 3 + row_number() OVER (PARTITION BY meeting_id ORDER BY public DESC, id), title, public, id
  FROM (SELECT p.*, (SELECT m.id FROM meeting m WHERE m.committee_id = p.committee_id AND m.starts_at >= p.created_on + 7
                      ORDER BY m.starts_at LIMIT 1) AS meeting_id FROM paper p) placed
 WHERE meeting_id IS NOT NULL ORDER BY id;

UPDATE agenda_item i
   SET resolution = 'Der Vorlage wird zugestimmt.', vote = (9 + i.paper_id % 7) || ':' || (i.paper_id % 4) || ':' || (i.paper_id % 3)
  FROM meeting m WHERE m.id = i.meeting_id AND m.starts_at < now() AND i.paper_id IS NOT NULL;

-- Minutes are approved at the committee's next meeting.
INSERT INTO minutes (meeting_id, text, approved_on)
SELECT m.id, E'Die Vorsitzende eröffnet die Sitzung um 18 Uhr und stellt die Beschlussfähigkeit fest.\nDie Sitzung endet um 20 Uhr.', next.day
  FROM meeting m
  LEFT JOIN LATERAL (SELECT (n.starts_at AT TIME ZONE 'Europe/Berlin')::date AS day FROM meeting n
                      WHERE n.committee_id = m.committee_id AND n.starts_at > m.starts_at AND n.starts_at < now()
                      ORDER BY n.starts_at LIMIT 1) next ON true
 WHERE m.starts_at < now();

-- Passwords and codes of these three are written in the open (lab/allrisnet/README.md).
INSERT INTO account (login, person_id, body_no, password, totp_secret) VALUES
  ('m.sommer', 1, 1, 'pbkdf2-sha512$210000$ChdjXQPTHzbn/WXfFf3EKg==$oJP2v3LUV6XPYv3XEdqpA7b5LAQd21OdUDPKG0886EPWKLwZEEYLiEECkyhWT6P16qNWQgh9iwWrU7vyWd6D6Q==', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'),
  ('k.brandt', 2, 2, 'pbkdf2-sha512$210000$LdmY3sPwf3SbhaCDEJRgng==$CKe3laMfrE59Y8n2W7c0kYmrhV1xWtHnc8lEmjvReIB7sF9fpB4TCaeWAwea+VE8MW8Bo9rxHNOfZxN4Ar9mlA==', 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU'),
  ('a.keller', 3, 1, 'pbkdf2-sha512$210000$MFP7yI8O/wBztkDJ9oB2JQ==$tv2GsaKux3MNz/0raxujQ2u8b5y7vdK+cPE8DhZYB2xkXSZeuGrbfRDZ9jy1+DGlsapBgVv5TJoxxNdw0d0U1w==', NULL);

INSERT INTO note (account_id, paper_id, text) SELECT id, 2002, 'Nach dem Zeitplan fragen.' FROM account WHERE login = 'm.sommer';
