/** Configurations of other places than where an app is served. */
export const otherConfigs = /^(Dev\w*|Test\w*|Local\w*|Staging\w*|CI)(Config|Configuration|Settings)$|^(Config|Settings)(Dev\w*|Test\w*|Local\w*)$/;
