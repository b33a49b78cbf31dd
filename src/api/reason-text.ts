// What the documentation says about a reason, and whether it needs a person.

export interface ReasonText {
  readonly meaning: string;
  /** What a person does; absent where nothing is to be done. */
  readonly remedy?: string;
  /** Ready=False with this reason also sets Stalled: nothing changes until a person acts. */
  readonly stalls?: true;
}
