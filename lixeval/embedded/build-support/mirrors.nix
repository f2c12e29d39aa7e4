# What mirror://SITE/ stands for: the places to ask, in order.  Source: nixpkgs, pkgs/build-support/fetchurl/mirrors.nix.
{
  alsa = [
    "https://www.alsa-project.org/files/pub/"
    "ftp://ftp.alsa-project.org/pub/"
    "http://alsa.cybermirror.org/"
    "http://www.mirrorservice.org/sites/ftp.alsa-project.org/pub/"
  ];
  apache = [
    "https://dlcdn.apache.org/"
    "https://www-eu.apache.org/dist/"
    "https://ftp.wayne.edu/apache/"
    "https://www.apache.org/dist/"
    "https://archive.apache.org/dist/"
    "https://apache.cs.uu.nl/"
    "https://apache.cs.utah.edu/"
    "http://ftp.tudelft.nl/apache/"
    "ftp://ftp.funet.fi/pub/mirrors/apache.org/"
  ];
  bioc = [
    "https://bioconductor.statistik.tu-dortmund.de/packages/"
    "https://mirrors.ustc.edu.cn/bioc/"
    "http://bioconductor.jp/packages/"
  ];
  cran = [
    "https://cran.r-project.org/src/contrib/"
  ];
  bitlbee = [
    "https://get.bitlbee.org/"
    "https://ftp.snt.utwente.nl/pub/software/bitlbee/"
    "http://bitlbee.intergenia.de/"
  ];
  gcc = [
    "https://mirror.koddos.net/gcc/"
    "https://bigsearcher.com/mirrors/gcc/"
    "ftp://ftp.nluug.nl/mirror/languages/gcc/"
    "ftp://ftp.fu-berlin.de/unix/languages/gcc/"
    "ftp://ftp.irisa.fr/pub/mirrors/gcc.gnu.org/gcc/"
    "ftp://gcc.gnu.org/pub/gcc/"
  ];
  gnome = [
    "https://download.gnome.org/"
    "https://fr2.rpmfind.net/linux/gnome.org/"
    "https://ftp.acc.umu.se/pub/GNOME/"
    "https://ftp.belnet.be/mirror/ftp.gnome.org/"
    "ftp://ftp.cse.buffalo.edu/pub/Gnome/"
    "ftp://ftp.nara.wide.ad.jp/pub/X11/GNOME/"
  ];
  gnu = [
    "https://ftpmirror.gnu.org/"
    "https://ftp.nluug.nl/pub/gnu/"
    "https://mirrors.kernel.org/gnu/"
    "https://mirror.ibcp.fr/pub/gnu/"
    "https://mirror.dogado.de/gnu/"
    "https://mirror.tochlab.net/pub/gnu/"
    "https://ftp.gnu.org/pub/gnu/"
    "ftp://ftp.funet.fi/pub/mirrors/ftp.gnu.org/gnu/"
  ];
  gnupg = [
    "https://gnupg.org/ftp/gcrypt/"
    "https://mirrors.dotsrc.org/gcrypt/"
    "https://ftp.heanet.ie/mirrors/ftp.gnupg.org/gcrypt/"
    "https://www.mirrorservice.org/sites/ftp.gnupg.org/gcrypt/"
    "http://www.ring.gr.jp/pub/net/"
  ];
  ibiblioPubLinux = [
    "https://www.ibiblio.org/pub/Linux/"
    "ftp://ftp.ibiblio.org/pub/linux/"
    "ftp://ftp.gwdg.de/pub/linux/metalab/"
    "ftp://ftp.metalab.unc.edu/pub/linux/"
  ];
  imagemagick = [
    "https://www.imagemagick.org/download/"
    "https://mirror.checkdomain.de/imagemagick/"
    "https://ftp.nluug.nl/ImageMagick/"
    "https://ftp.sunet.se/mirror/imagemagick.org/ftp/"
    "ftp://ftp.sunet.se/mirror/imagemagick.org/ftp/"
  ];
  kde = [
    "https://cdn.download.kde.org/"
    "https://download.kde.org/download.php?url="
    "https://ftp.gwdg.de/pub/linux/kde/"
    "https://mirrors.ocf.berkeley.edu/kde/"
    "https://mirrors.mit.edu/kde/"
    "https://mirrors.ustc.edu.cn/kde/"
    "https://ftp.funet.fi/pub/mirrors/ftp.kde.org/pub/kde/"
  ];
  kernel = [
    "https://cdn.kernel.org/pub/"
    "http://linux-kernel.uio.no/pub/"
    "ftp://ftp.funet.fi/pub/mirrors/ftp.kernel.org/pub/"
  ];
  mysql = [
    "https://cdn.mysql.com/Downloads/"
  ];
  maven = [
    "https://repo1.maven.org/maven2/"
  ];
  mozilla = [
    "https://download.cdn.mozilla.net/pub/mozilla.org/"
    "https://archive.mozilla.org/pub/"
  ];
  osdn = [
    "https://osdn.dl.osdn.jp/"
    "https://osdn.mirror.constant.com/"
    "https://mirrors.gigenet.com/OSDN/"
    "https://osdn.dl.sourceforge.jp/"
    "https://jaist.dl.sourceforge.jp/"
  ];
  postgresql = [
    "https://ftp.postgresql.org/pub/"
  ];
  qt = [
    "https://download.qt.io/"
  ];
  sageupstream = [
    "https://sagemath.mirror.ac.za/spkg/upstream/"
    "https://mirror.ufs.ac.za/sagemath/spkg/upstream/"
    "https://mirrors.mit.edu/sage/spkg/upstream/"
    "https://mirrors.xmission.com/sage/spkg/upstream/"
    "https://mirrors.tuna.tsinghua.edu.cn/sagemath/spkg/upstream/"
    "https://mirrors.ustc.edu.cn/sagemath/spkg/upstream/"
    "http://ftp.tsukuba.wide.ad.jp/software/sage/spkg/upstream/"
    "https://ftp.yz.yamagata-u.ac.jp/pub/math/sage/spkg/upstream/"
    "https://mirror.yandex.ru/mirrors/sage.math.washington.edu/spkg/upstream/"
    "https://mirror.aarnet.edu.au/pub/sage/spkg/upstream/"
    "https://sage.mirror.garr.it/mirrors/sage/spkg/upstream/"
    "https://www-ftp.lip6.fr/pub/math/sagemath/spkg/upstream/"
    "ftp://ftp.sun.ac.za/pub/mirrors/www.sagemath.org/spkg/upstream/"
    "http://www.cecm.sfu.ca/sage/spkg/upstream/"
    "http://sagemath.c3sl.ufpr.br/spkg/upstream/"
    "http://linorg.usp.br/sage/spkg/upstream"
    "http://ftp.kaist.ac.kr/sage/spkg/upstream/"
    "http://ftp.riken.jp/sagemath/spkg/upstream/"
    "http://mirrors.fe.up.pt/pub/sage/spkg/upstream/"
    "http://ftp.ntua.gr/pub/sagemath/spkg/upstream/"
  ];
  samba = [
    "https://www.samba.org/ftp/"
    "http://www.samba.org/ftp/"
  ];
  savannah = [
    "https://mirror.easyname.at/nongnu/"
    "https://savannah.c3sl.ufpr.br/"
    "https://mirror.csclub.uwaterloo.ca/nongnu/"
    "https://mirror.cedia.org.ec/nongnu/"
    "https://ftp.igh.cnrs.fr/pub/nongnu/"
    "https://mirror6.layerjet.com/nongnu"
    "https://mirror.netcologne.de/savannah/"
    "https://ftp.cc.uoc.gr/mirrors/nongnu.org/"
    "https://nongnu.uib.no/"
    "https://ftp.acc.umu.se/mirror/gnu.org/savannah/"
    "http://mirror2.klaus-uwe.me/nongnu/"
    "http://mirrors.fe.up.pt/pub/nongnu/"
    "http://ftp.twaren.net/Unix/NonGNU/"
    "http://savannah-nongnu-org.ip-connect.vn.ua/"
    "http://www.mirrorservice.org/sites/download.savannah.gnu.org/releases/"
    "http://gnu.mirrors.pair.com/savannah/savannah/"
    "ftp://mirror.easyname.at/nongnu/"
    "ftp://mirror2.klaus-uwe.me/nongnu/"
    "ftp://mirror.csclub.uwaterloo.ca/nongnu/"
    "ftp://ftp.igh.cnrs.fr/pub/nongnu/"
    "ftp://mirror.netcologne.de/savannah/"
    "ftp://nongnu.uib.no/pub/nongnu/"
    "ftp://mirrors.fe.up.pt/pub/nongnu/"
    "ftp://ftp.twaren.net/Unix/NonGNU/"
    "ftp://savannah-nongnu-org.ip-connect.vn.ua/mirror/savannah.nongnu.org/"
    "ftp://ftp.mirrorservice.org/sites/download.savannah.gnu.org/releases/"
  ];
  sourceforge = [
    "https://downloads.sourceforge.net/"
    "https://prdownloads.sourceforge.net/"
    "https://netcologne.dl.sourceforge.net/sourceforge/"
    "https://versaweb.dl.sourceforge.net/sourceforge/"
    "https://freefr.dl.sourceforge.net/sourceforge/"
    "https://osdn.dl.sourceforge.net/sourceforge/"
  ];
  steamrt = [
    "https://repo.steampowered.com/steamrt/"
    "https://public.abbradar.moe/steamrt/"
  ];
  tcsh = [
    "https://astron.com/pub/tcsh/"
    "https://astron.com/pub/tcsh/old/"
    "http://ftp.funet.fi/pub/mirrors/ftp.astron.com/pub/tcsh/"
    "http://ftp.funet.fi/pub/mirrors/ftp.astron.com/pub/tcsh/old/"
    "ftp://ftp.astron.com/pub/tcsh/"
    "ftp://ftp.astron.com/pub/tcsh/old/"
    "ftp://ftp.funet.fi/pub/unix/shells/tcsh/"
    "ftp://ftp.funet.fi/pub/unix/shells/tcsh/old/"
  ];
  xfce = [
    "https://archive.xfce.org/"
    "https://mirror.netcologne.de/xfce/"
    "https://archive.be.xfce.org/xfce/"
    "https://archive.al-us.xfce.org/"
    "http://archive.se.xfce.org/xfce/"
    "http://mirror.perldude.de/archive.xfce.org/"
    "http://archive.be2.xfce.org/"
    "http://ftp.udc.es/xfce/"
  ];
  xorg = [
    "https://xorg.freedesktop.org/releases/"
    "https://ftp.x.org/archive/"
  ];
  cpan = [
    "https://cpan.metacpan.org/"
    "https://cpan.perl.org/"
    "https://mirrors.kernel.org/CPAN/"
    "https://backpan.perl.org/"
  ];
  dub = [
    "https://code.dlang.org/packages/"
    "https://codemirror.dlang.org/packages/"
  ];
  hackage = [
    "https://hackage.haskell.org/package/"
  ];
  luarocks = [
    "https://luarocks.org/"
    "https://raw.githubusercontent.com/rocks-moonscript-org/moonrocks-mirror/master/"
    "https://luafr.org/moonrocks/"
  ];
  pypi = [
    "https://files.pythonhosted.org/packages/source/"
    "https://pypi.io/packages/source/"
  ];
  testpypi = [
    "https://test.pypi.io/packages/source/"
  ];
  centos = [
    "https://vault.centos.org/"
    "https://archive.kernel.org/centos-vault/"
    "https://ftp.jaist.ac.jp/pub/Linux/CentOS-vault/"
    "https://mirrors.aliyun.com/centos-vault/"
    "https://mirror.chpc.utah.edu/pub/vault.centos.org/"
    "https://mirror.math.princeton.edu/pub/centos-vault/"
    "https://mirrors.tripadvisor.com/centos-vault/"
    "http://mirror.centos.org/centos/"
  ];
  debian = [
    "https://httpredir.debian.org/debian/"
    "https://ftp.debian.org/debian/"
    "https://mirrors.edge.kernel.org/debian/"
    "ftp://ftp.de.debian.org/debian/"
    "ftp://ftp.fr.debian.org/debian/"
    "ftp://ftp.nl.debian.org/debian/"
    "ftp://ftp.ru.debian.org/debian/"
    "http://archive.debian.org/debian-archive/debian/"
    "ftp://ftp.funet.fi/pub/mirrors/ftp.debian.org/debian/"
  ];
  fedora = [
    "https://archives.fedoraproject.org/pub/fedora/"
    "https://fedora.osuosl.org/"
    "https://ftp.funet.fi/pub/mirrors/ftp.redhat.com/pub/fedora/"
    "https://ftp.linux.cz/pub/linux/fedora/"
    "https://archives.fedoraproject.org/pub/archive/fedora/"
    "http://ftp.nluug.nl/pub/os/Linux/distr/fedora/"
    "http://mirror.csclub.uwaterloo.ca/fedora/"
    "http://mirror.1000mbps.com/fedora/"
  ];
  gentoo = [
    "https://ftp.snt.utwente.nl/pub/os/linux/gentoo/"
    "https://distfiles.gentoo.org/"
    "https://mirrors.kernel.org/gentoo/"
  ];
  opensuse = [
    "https://opensuse.hro.nl/opensuse/distribution/"
    "https://ftp.funet.fi/pub/linux/mirrors/opensuse/distribution/"
    "https://ftp.opensuse.org/pub/opensuse/distribution/"
    "https://ftp5.gwdg.de/pub/opensuse/discontinued/distribution/"
    "https://mirrors.edge.kernel.org/opensuse/distribution/"
    "http://ftp.hosteurope.de/mirror/ftp.opensuse.org/discontinued/"
  ];
  ubuntu = [
    "https://nl.archive.ubuntu.com/ubuntu/"
    "https://old-releases.ubuntu.com/ubuntu/"
    "https://mirrors.edge.kernel.org/ubuntu/"
    "http://de.archive.ubuntu.com/ubuntu/"
    "http://archive.ubuntu.com/ubuntu/"
  ];
  openbsd = [
    "https://ftp.openbsd.org/pub/OpenBSD/"
    "ftp://ftp.nluug.nl/pub/OpenBSD/"
    "ftp://ftp-stud.fht-esslingen.de/pub/OpenBSD/"
  ];
}
