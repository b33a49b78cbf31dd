// As much of Markdown as the tests of the documentation read: fences, code in prose, links, and the anchors of headings.

export interface Fence {
  readonly language: string;
  /** Without the indent of the fence itself. */
  readonly body: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
}

export interface InlineCode {
  readonly code: string;
  readonly line: number;
}

const FENCE = /^( *)```(\S*)[^\n]*\n([\s\S]*?)^ *```/gm;

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** The blocks between lines of three backticks. */
export function fences(text: string): readonly Fence[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const [, indent = '', language = '', body = ''] = match;
    const flush = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return { language, body: flush, line: lineAt(text, match.index) + 1 };
  });
}

/** The text with its fences emptied, so that lines keep their numbers. */
export function prose(text: string): string {
  return text.replaceAll(FENCE, (block) => block.replaceAll(/[^\n]/g, ''));
}

/** Code between backticks in prose; in a table `\|` stands for a bar. */
export function inlineCode(text: string): readonly InlineCode[] {
  const plain = prose(text);
  return [...plain.matchAll(/`([^`\n]+)`/g)].map((match) => ({
    code: (match[1] ?? '').replaceAll('\\|', '|'),
    line: lineAt(plain, match.index),
  }));
}

/** Where links and pictures lead: path, anchor, or both. */
export function links(text: string): readonly string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors of the headings, as GitHub makes them. */
export function anchors(text: string): readonly string[] {
  const seen = new Map<string, number>();
  return [...prose(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => {
    const slug = slugOf(heading);
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function slugOf(heading: string): string {
  const words = heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase();
  return words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
}
