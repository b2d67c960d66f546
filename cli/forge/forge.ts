/** A comment on a change, or a note, as GitLab calls it. */
export interface ForgeComment {
  readonly id: number;
  /** Account that wrote it. */
  readonly author: string;
  readonly body: string;
}

/** A change that was merged: a pull request, or a merge request, as GitLab calls it. */
export interface MergedChange {
  /** The number that people know it by. */
  readonly number: number;
  /** The last commit of its branch when it was merged. */
  readonly headCommit: string;
}

/** An open issue. */
export interface ForgeIssue {
  /** The number that people know it by. */
  readonly number: number;
  readonly author: string;
  readonly body: string;
}

/** What the pipelines need of a forge. Every method throws FarmError with the forge's own words. */
export interface Forge {
  readonly name: "GitHub" | "GitLab";
  /** Characters that a comment or an issue may have. */
  readonly longestText: number;
  /** Where the log of the present run is; undefined outside a run. */
  readonly runUrl: string | undefined;
  /** The account that this run writes as: of comments with its marks only those of this account are its own. */
  ownAccount(): Promise<string>;
  /** All comments on a change, oldest first. */
  comments(change: number): Promise<readonly ForgeComment[]>;
  addComment(change: number, body: string): Promise<void>;
  editComment(change: number, id: number, body: string): Promise<void>;
  /** The change whose merge made this commit of the main branch; undefined for one that was pushed without any. */
  tryMergedChange(commit: string): Promise<MergedChange | undefined>;
  openIssues(label: string): Promise<readonly ForgeIssue[]>;
  addIssue(issue: { readonly title: string; readonly body: string; readonly label: string }): Promise<void>;
  editIssue(number: number, body: string): Promise<void>;
  /** Says why, then closes. */
  closeIssue(number: number, comment: string): Promise<void>;
}
