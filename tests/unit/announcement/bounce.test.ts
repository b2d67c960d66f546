import { expect, test } from "vitest";
import { bouncesOf, mailsOf } from "../../../model/announcement/bounce.ts";

/** As Postfix writes it. */
const postfix = (action: string) => `Return-Path: <>
Date: Thu, 26 Nov 2026 12:38:36 +0100 (CET)
From: MAILER-DAEMON@mx.town.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: betrieb@kuestenring.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4C1.1764157116/mx.town.example"
Message-Id: <20261126113836.4C2@mx.town.example>

--4C1.1764157116/mx.town.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4C1.1764157116/mx.town.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.town.example
X-Postfix-Queue-ID: 4C1
Arrival-Date: Thu, 26 Nov 2026 12:38:35 +0100 (CET)

Final-Recipient: rfc822; rat@town.example
Original-Recipient: rfc822;Rat@town.example
Action: ${action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <rat@town.example>: Recipient address
    rejected: User unknown

Final-Recipient: rfc822; gut@town.example
Action: delivered
Status: 2.0.0

--4C1.1764157116/mx.town.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: =?UTF-8?Q?K=C3=BCste?= <betrieb@kuestenring.example>
To: rat@town.example
Message-ID:
 <2026-12-08.hohenbrueck.1@kuestenring.example>

--4C1.1764157116/mx.town.example--
`;

const returned = (text: string) => bouncesOf(Buffer.from(text.replaceAll("\n", "\r\n")));

test("a notice of failure tells the letter by its headers, who it was for, and why", async () => {
  expect(await returned(postfix("failed"))).toEqual([
    {
      messageIds: ["2026-12-08.hohenbrueck.1@kuestenring.example"],
      recipient: "Rat@town.example",
      why: "5.1.1, 550 5.1.1 <rat@town.example>: Recipient address rejected: User unknown",
    },
  ]);
});

test("the whole letter may come back instead of its headers", async () => {
  const whole = postfix("failed").replace("text/rfc822-headers", "message/rfc822");
  expect((await returned(whole))[0]?.messageIds).toEqual(["2026-12-08.hohenbrueck.1@kuestenring.example"]);
});

test.each([
  ["one that is only late", postfix("delayed")],
  ["an answer", "From: a@b.example\nSubject: Danke\nIn-Reply-To: <x@y>\n\nfailed\nAction: failed\n"],
  ["nothing", ""],
  ["a report without its parts", "Content-Type: multipart/report; boundary=x\n\n--x\n\n--x--\n"],
])("%s is none", async (_, text) => {
  expect(await returned(text)).toEqual([]);
});

test("an mbox holds several mails, and lines that only look like a begin", () => {
  const box = "From a Thu Nov 26\nSubject: 1\n\n>From here\n\nFrom b Thu Nov 26\nSubject: 2\n\nx\n";
  expect(mailsOf(Buffer.from(box)).map(String)).toEqual(["Subject: 1\n\nFrom here\n\n", "Subject: 2\n\nx\n"]);
  expect(mailsOf(Buffer.from("Subject: 1\n\nx\n")).map(String)).toEqual(["Subject: 1\n\nx\n"]);
});
