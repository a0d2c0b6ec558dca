import type { Answer, TestUser } from './shop.ts';

/** Where the next page is, by the Link header; undefined on the last page. */
function nextPage({ headers }: Answer): string | undefined {
  const { link } = headers;
  return typeof link === 'string' ? /^<(.+)>; rel="next"$/.exec(link)?.[1] : undefined;
}

/** Follows the pages from the first to the last; `between` happens after each page but the last. */
export async function collectPages(
  user: Pick<TestUser, 'send'>,
  firstUrl: string,
  between: () => Promise<unknown> = async () => {},
  headers: Record<string, string> = {},
): Promise<any[][]> {
  const pages: any[][] = [];
  for (let url: string | undefined = firstUrl; url !== undefined; ) {
    const answer = await user.send('GET', url, undefined, headers);
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    pages.push(answer.body);
    url = nextPage(answer);
    if (url !== undefined) await between();
  }
  return pages;
}
