/** esbuild gathers what is imported into the page's one stylesheet. */
declare module '*.css'
