/**
 * A plugin of TypeDoc: `@throws {@link TufError}` links to the errors from any file. The compiler reads the braces of
 * `@throws` as a type, so that its own resolution of links does not reach them.
 */
export function load(app) {
  app.converter.addUnknownSymbolResolver(({ moduleSource, symbolReference }, reflection) => {
    const [first] = symbolReference?.path ?? [];
    if (moduleSource !== undefined || first === undefined) return undefined;
    const target = reflection.project.getChildByName(['errors', first.path]);
    return target === undefined ? undefined : { target };
  });
}
