/** Of this package. The release writes it here, as into package.json; a test compares the two. */
export const VERSION = '0.1.0'
