# The licences that packages name most in their meta attributes: the free ones by their
# SPDX identifiers and names, then those that are not free or in no list.
{ lib }:
let
  inherit (builtins) mapAttrs;
  plain = {
    deprecated = false;
    free = true;
    licenseType = "simple";
    redistributable = true;
  };
  spdx = spdxId: fullName: {
    inherit spdxId fullName;
    url = "https://spdx.org/licenses/${spdxId}.html";
  };
  outdated = license: license // { deprecated = true; };
  unfree =
    license:
    {
      free = false;
      redistributable = false;
    }
    // license;
  redistributable = license: unfree license // { redistributable = true; };
in
mapAttrs (shortName: license: plain // { inherit shortName; } // license) {
  afl20 = spdx "AFL-2.0" "Academic Free License v2.0";
  afl21 = spdx "AFL-2.1" "Academic Free License v2.1";
  afl3 = spdx "AFL-3.0" "Academic Free License v3.0";
  agpl3Only = spdx "AGPL-3.0-only" "GNU Affero General Public License v3.0 only";
  agpl3Plus = spdx "AGPL-3.0-or-later" "GNU Affero General Public License v3.0 or later";
  artistic1 = spdx "Artistic-1.0" "Artistic License 1.0";
  artistic2 = spdx "Artistic-2.0" "Artistic License 2.0";
  asl11 = spdx "Apache-1.1" "Apache License 1.1";
  asl20 = spdx "Apache-2.0" "Apache License 2.0";
  beerware = spdx "Beerware" "Beerware License";
  blueOak100 = spdx "BlueOak-1.0.0" "Blue Oak Model License 1.0.0";
  boost = spdx "BSL-1.0" "Boost Software License 1.0";
  bsd0 = spdx "0BSD" "BSD Zero Clause License";
  bsd1 = spdx "BSD-1-Clause" "BSD 1-Clause License";
  bsd2 = spdx "BSD-2-Clause" ''BSD 2-clause "Simplified" License'';
  bsd2Patent = spdx "BSD-2-Clause-Patent" "BSD-2-Clause Plus Patent License";
  bsd3 = spdx "BSD-3-Clause" ''BSD 3-clause "New" or "Revised" License'';
  bsd3Clear = spdx "BSD-3-Clause-Clear" "BSD 3-Clause Clear License";
  bsdOriginal = spdx "BSD-4-Clause" ''BSD 4-clause "Original" or "Old" License'';
  bsdOriginalUC = spdx "BSD-4-Clause-UC" "BSD 4-Clause University of California-Specific";
  bzip2 = spdx "bzip2-1.0.6" "bzip2 and libbzip2 License v1.0.6";
  cc-by-30 = spdx "CC-BY-3.0" "Creative Commons Attribution 3.0";
  cc-by-40 = spdx "CC-BY-4.0" "Creative Commons Attribution 4.0";
  cc-by-sa-30 = spdx "CC-BY-SA-3.0" "Creative Commons Attribution Share Alike 3.0";
  cc-by-sa-40 = spdx "CC-BY-SA-4.0" "Creative Commons Attribution Share Alike 4.0";
  cc0 = spdx "CC0-1.0" "Creative Commons Zero v1.0 Universal";
  cddl = spdx "CDDL-1.0" "Common Development and Distribution License 1.0";
  cecill-b = spdx "CECILL-B" "CeCILL-B Free Software License Agreement";
  cecill-c = spdx "CECILL-C" "CeCILL-C Free Software License Agreement";
  cecill20 = spdx "CECILL-2.0" "CeCILL Free Software License Agreement v2.0";
  cecill21 = spdx "CECILL-2.1" "CeCILL Free Software License Agreement v2.1";
  classpathException20 = spdx "Classpath-exception-2.0" "Classpath exception 2.0";
  cpl10 = spdx "CPL-1.0" "Common Public License 1.0";
  curl = spdx "curl" "curl License";
  epl10 = spdx "EPL-1.0" "Eclipse Public License 1.0";
  epl20 = spdx "EPL-2.0" "Eclipse Public License 2.0";
  eupl11 = spdx "EUPL-1.1" "European Union Public License 1.1";
  eupl12 = spdx "EUPL-1.2" "European Union Public License 1.2";
  fdl12Only = spdx "GFDL-1.2-only" "GNU Free Documentation License v1.2 only";
  fdl12Plus = spdx "GFDL-1.2-or-later" "GNU Free Documentation License v1.2 or later";
  fdl13Only = spdx "GFDL-1.3-only" "GNU Free Documentation License v1.3 only";
  fdl13Plus = spdx "GFDL-1.3-or-later" "GNU Free Documentation License v1.3 or later";
  ftl = spdx "FTL" "Freetype Project License";
  gpl1Only = spdx "GPL-1.0-only" "GNU General Public License v1.0 only";
  gpl1Plus = spdx "GPL-1.0-or-later" "GNU General Public License v1.0 or later";
  gpl2 = outdated (spdx "GPL-2.0" "GNU General Public License v2.0");
  gpl2Only = spdx "GPL-2.0-only" "GNU General Public License v2.0 only";
  gpl2Plus = spdx "GPL-2.0-or-later" "GNU General Public License v2.0 or later";
  gpl3 = outdated (spdx "GPL-3.0" "GNU General Public License v3.0");
  gpl3Only = spdx "GPL-3.0-only" "GNU General Public License v3.0 only";
  gpl3Plus = spdx "GPL-3.0-or-later" "GNU General Public License v3.0 or later";
  hpnd = spdx "HPND" "Historic Permission Notice and Disclaimer";
  hpndSellVariant = spdx "HPND-sell-variant" "Historical Permission Notice and Disclaimer - sell variant";
  icu = spdx "ICU" "ICU";
  ijg = spdx "IJG" "Independent JPEG Group License";
  imagemagick = spdx "ImageMagick" "ImageMagick License";
  info-zip = spdx "Info-ZIP" "Info-ZIP License";
  isc = spdx "ISC" "ISC License";
  lgpl2 = outdated (spdx "LGPL-2.0" "GNU Library General Public License v2");
  lgpl21 = outdated (spdx "LGPL-2.1" "GNU Lesser General Public License v2.1");
  lgpl21Only = spdx "LGPL-2.1-only" "GNU Lesser General Public License v2.1 only";
  lgpl21Plus = spdx "LGPL-2.1-or-later" "GNU Lesser General Public License v2.1 or later";
  lgpl2Only = spdx "LGPL-2.0-only" "GNU Library General Public License v2 only";
  lgpl2Plus = spdx "LGPL-2.0-or-later" "GNU Library General Public License v2 or later";
  lgpl3 = outdated (spdx "LGPL-3.0" "GNU Lesser General Public License v3.0");
  lgpl3Only = spdx "LGPL-3.0-only" "GNU Lesser General Public License v3.0 only";
  lgpl3Plus = spdx "LGPL-3.0-or-later" "GNU Lesser General Public License v3.0 or later";
  libpng = spdx "Libpng" "libpng License";
  libpng2 = spdx "libpng-2.0" "PNG Reference Library version 2";
  libtiff = spdx "libtiff" "libtiff License";
  llvm-exception = spdx "LLVM-exception" "LLVM Exception";
  lppl13c = spdx "LPPL-1.3c" "LaTeX Project Public License v1.3c";
  mit = spdx "MIT" "MIT License";
  mit0 = spdx "MIT-0" "MIT No Attribution";
  mpl10 = spdx "MPL-1.0" "Mozilla Public License 1.0";
  mpl11 = spdx "MPL-1.1" "Mozilla Public License 1.1";
  mpl20 = spdx "MPL-2.0" "Mozilla Public License 2.0";
  mspl = spdx "MS-PL" "Microsoft Public License";
  mulan-psl2 = spdx "MulanPSL-2.0" "Mulan Permissive Software License, Version 2";
  ncsa = spdx "NCSA" "University of Illinois/NCSA Open Source License";
  ofl = spdx "OFL-1.1" "SIL Open Font License 1.1";
  openldap = spdx "OLDAP-2.8" "Open LDAP Public License v2.8";
  openssl = spdx "OpenSSL" "OpenSSL License";
  osl3 = spdx "OSL-3.0" "Open Software License 3.0";
  php301 = spdx "PHP-3.01" "PHP License v3.01";
  postgresql = spdx "PostgreSQL" "PostgreSQL License";
  psfl = spdx "Python-2.0" "Python Software Foundation License version 2";
  qpl = spdx "QPL-1.0" "Q Public License 1.0";
  ruby = spdx "Ruby" "Ruby License";
  sgi-b-20 = spdx "SGI-B-2.0" "SGI Free Software License B v2.0";
  sleepycat = spdx "Sleepycat" "Sleepycat License";
  tcltk = spdx "TCL" "TCL/TK License";
  ufl = spdx "Ubuntu-font-1.0" "Ubuntu Font License 1.0";
  unicode-30 = spdx "Unicode-3.0" "Unicode License v3";
  unicode-dfs-2016 = spdx "Unicode-DFS-2016" "Unicode License Agreement - Data Files and Software (2016)";
  unlicense = spdx "Unlicense" "The Unlicense";
  upl = spdx "UPL-1.0" "Universal Permissive License";
  vim = spdx "Vim" "Vim License";
  w3c = spdx "W3C" "W3C Software Notice and License";
  wtfpl = spdx "WTFPL" "Do What The F*ck You Want To Public License";
  x11 = spdx "X11" "X11 License";
  zlib = spdx "Zlib" "zlib License";
  zpl20 = spdx "ZPL-2.0" "Zope Public License 2.0";
  zpl21 = spdx "ZPL-2.1" "Zope Public License 2.1";

  # In no list, or free in name only.
  free.fullName = "Unspecified free software license";
  publicDomain.fullName = "Public Domain";
  unfree = unfree { fullName = "Unfree"; };
  unfreeRedistributable = redistributable { fullName = "Unfree redistributable"; };
  unfreeRedistributableFirmware.fullName = "Unfree redistributable firmware";
  bsl11 = redistributable (spdx "BUSL-1.1" "Business Source License 1.1");
  elastic20 = unfree (spdx "Elastic-2.0" "Elastic License 2.0");
  json = unfree (spdx "JSON" "JSON License");
  sspl = redistributable (spdx "SSPL-1.0" "Server Side Public License");
  sustainableUse = unfree (spdx "SUL-1.0" "Sustainable Use License");
}
