import { expect, test } from "vitest";
import { backupCommand, backupProgram, stateTimer } from "../../guest/backup-program.ts";
import { until } from "./own-lab.ts";

type Run = (command: string) => Promise<string>;

/** What a roll-out puts on a machine for its backups, with a slot that no test waits for. */
export const backupFiles = [
  ...backupProgram(),
  { path: "/etc/systemd/system/farm-backup.timer", mode: "0644", content: stateTimer("03:30") },
];

const name = "3f0d6a52-paper";
const paper = `/srv/allrisnet/current/files/${name}`;
const row = `INSERT INTO motion (account_id, title, text, file_name, stored_as)
  SELECT id, 'Bank am See', 'Text', 'bank.pdf', '${name}' FROM account WHERE login = 'm.sommer'`;

/** What a machine with systemd, PostgreSQL and ALLRIS net adds to the tests on a folder; release 4.1.7 is installed. */
export function testBackup(guest: Run): void {
  const backup = async (words: string) =>
    JSON.parse((await guest(`sudo ${backupCommand} ${words}`)).split("\n").at(-1) ?? "");
  const sql = (statement: string) =>
    guest(`cd /; sudo -u postgres psql -XqAt -d allrisnet_1 -c "${statement.replaceAll("\n", " ")}"`);
  const motions = () => sql("SELECT title, stored_as FROM motion ORDER BY id");
  const facts = () => guest(`sudo stat -c '%U:%G %a %Y %s' ${paper}; sudo sha256sum ${paper}`);
  const answers = async () =>
    (await guest("curl -sf http://127.0.0.1:8080/internal/health")).includes('"4.1.7"');

  test("the timer writes a state, and nobody's name or paper is in the journal", async () => {
    await guest(`head -c 3000000 /dev/urandom | sudo -u tomcat sh -c 'umask 027; cat >${paper}'`);
    await sql(row);
    expect(await guest("systemctl show --value -p NextElapseUSecRealtime farm-backup.timer")).toMatch(
      /0[12]:30:00 UTC|03:30:00 CE/,
    );
    const now = "/run/systemd/system/farm-backup.timer.d";
    await guest(
      `sudo mkdir -p ${now} && printf '[Timer]\\nOnActiveSec=1s\\n' | sudo tee ${now}/now.conf >/dev/null`,
    );
    await guest("sudo systemctl daemon-reload && sudo systemctl restart farm-backup.timer");
    await until("a state is written", async () => (await backup("show")).outcome === "done");
    await until("its service has ended", async () => (await unit("ActiveState")) === "inactive");
    await guest(`sudo rm -r ${now} && sudo systemctl daemon-reload`);
    expect(await unit("Result")).toBe("success");
    expect(await backup("verify")).toMatchObject({ outcome: "done", dangling: 0, danglingNames: [] });
    const journal = await guest("sudo journalctl -o cat -u farm-backup.service");
    expect(journal).toContain("the state of ");
    expect(journal).not.toMatch(new RegExp(`${name}|sommer|Bank|password`, "i"));
    const state = await backup("show");
    const manifest = JSON.parse(await guest(`sudo cat /var/backups/farm/${state.stamp}/manifest.json`));
    expect(manifest.database).toMatchObject({ name: "allrisnet_1", references: 1 });
    expect(manifest.database.rows["public.motion"]).toBe(1);
  });

  const unit = (property: string) => guest(`systemctl show --value -p ${property} farm-backup.service`);

  test("a paper that was deleted comes back byte for byte, and the database without a file of its own", async () => {
    const before = await facts();
    await guest(`sudo ${backupCommand} export --files ${name} >paper.tar`);
    await guest(`sudo rm ${paper}`);
    expect(JSON.parse(await guest(`sudo ${backupCommand} import --files <paper.tar`))).toMatchObject({
      outcome: "done",
      added: 1,
      awaySeconds: 0,
    });
    expect(await facts()).toBe(before);

    await guest(`sudo ${backupCommand} export --database >database.tar`);
    await sql("DELETE FROM motion");
    const said = JSON.parse((await guest(`sudo ${backupCommand} import --database <database.tar`)) || "{}");
    expect(said).toMatchObject({ outcome: "done", dangling: 0 });
    process.stderr.write(`database brought back: ${said.awaySeconds} s away\n`);
    expect(await motions()).toBe(`Bank am See|${name}`);
    await until("ALLRIS net answers", answers);
    expect((await backup("self-check")).parts).toMatchObject({
      application: { well: true },
      state: { well: true },
      database: { well: true },
    });
  });

  test("a service that is killed while it puts back leaves the site open, with what it had", async () => {
    await sql("UPDATE motion SET title = 'Bank am Hafen'");
    const point = JSON.stringify({ step: "stop", action: "cut" });
    await guest(`echo '${point}' | sudo tee /run/farm/fault-point >/dev/null`);
    const importing = guest(`sudo ${backupCommand} import --database <database.tar; true`);
    await until(
      "it has stopped ALLRIS net",
      async () => (await guest("cat /run/farm/fault-reached")) === "stop",
    );
    await guest("sudo rm /run/farm/fault-point /run/farm/fault-reached");
    await guest("sudo systemctl kill --signal=KILL farm-backup-import.service");
    expect(JSON.parse(await importing)).toMatchObject({ outcome: "back" });
    expect(await answers()).toBe(true);
    expect(await motions()).toBe(`Bank am Hafen|${name}`);
    expect(await guest("ls /run/farm")).not.toContain("maintenance");
    await guest("rm paper.tar database.tar");
  });
}
