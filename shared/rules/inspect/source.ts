/** A file of the folder that is looked at: its path in it, with /, and its bytes. */
export interface Listed {
  path: string;
  size: number;
}

/** Where the rules' facts come from: a folder on a disk, an archive, or a few texts in a test. */
export interface Source {
  /** The folder's own name. */
  name: string;
  /** By path; what ignore rules name and junk is not among them. */
  files: readonly Listed[];
  /** Folders that could not be read. */
  unread: readonly string[];
  /** There are more files than were listed. */
  isCut: boolean;
  /** The text of a file; null where it cannot be read, is no text, or has more than so many bytes. */
  read(path: string, bytes: number): Promise<string | null>;
}
