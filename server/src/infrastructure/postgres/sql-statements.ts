/** One statement of a file of plain SQL. */
export interface SqlStatement {
  /** As it stands in the file, without the semicolon, with the comments in and above it. */
  text: string;
  /** The comments alone, without their dashes, a line each. */
  comments: string[];
  /** The statement without comments, in one line. */
  code: string;
}

/** A comment, a string, a quoted name or a dollar-quoted body is one piece; a semicolon in it ends nothing. */
const pieces = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|[^]/g;

/** Takes a file of plain SQL (no nested comments, no backslash escapes); gives its statements in their order. */
export function statementsOf(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let next: SqlStatement = { text: '', comments: [], code: '' };
  const end = () => {
    const { text, comments, code } = next;
    if (code.trim() !== '') statements.push({ text: text.trim(), comments, code: code.trim() });
    next = { text: '', comments: [], code: '' };
  };
  for (const [piece] of sql.matchAll(pieces)) {
    if (piece === ';') {
      end();
      continue;
    }
    next.text += piece;
    if (piece.startsWith('--')) next.comments.push(piece.slice(2).trim());
    else if (/^\s$/.test(piece)) next.code = next.code.endsWith(' ') ? next.code : `${next.code} `;
    else if (!piece.startsWith('/*')) next.code += piece;
  }
  end();
  return statements;
}
