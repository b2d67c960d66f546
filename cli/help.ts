/** Stands above the list of commands: what somebody does who has never used them. Lines of 79 characters at most. */
export const firstSteps = `First steps:
  1. ./farm demo             three sites on this machine; nothing leaves it
  2. ./farm tenant list      whose they are: one small file each in tenants/
  3. ./farm tenant new       asks for one more, writes its file, shows the plan
  4. ./farm preview          what would change, and whom it concerns
  5. ./farm up               does it: the new site answers over HTTPS
  docs/tutorial/first-administration.md goes the same way with explanations.
  How good the service was: ./farm demo --service-level, then
  docs/tutorial/service-level.md.`;

/** Stands below the list of commands: which one for what, and how they end. */
export const afterwards = `
What do you want to do?
  a new administration   ./farm tenant new, then a pull request with its file
  a change was asked for ./farm tenant set <id> <path>=<value> --ticket --by
  a bigger machine       ./farm tenant resize <id>: it stops, in its window
  another name           ./farm tenant rename-domain <id>: the old redirects
  the end of a contract  ./farm tenant terminate <id>: step by step, reported
  work that is planned   ./farm window announce <id>: a week ahead, by mail
  review, then apply     ./farm preview, ./farm report preview <files…>,
                         ./farm up --digest <digest>
  how a month stands     ./farm sla status, ./farm incident list
  something is wrong     ./farm doctor says why and what to do;
                         ./farm heal after a run that was killed
  look at a machine      ./farm site logs <id>, ./farm site ssh <id>
  data was lost          ./farm restore <id>
  the lab                ./farm lab status, ./farm lab down keeps the data,
                         ./farm lab mail shows what it was written

Results are on standard output, progress and errors on standard error; --json
makes one JSON document of a result.
Exit codes: 0 done, 1 failed (standard error says why), 2 wrong command line.`;
