# The protocols and services that a small image needs to know by name, for hosts without a package of them.
# Numbers: IANA's registries of protocol numbers and of service names and port numbers.
{ lib, symlinkJoin, writeTextDir }:
let
  lines = entries: lib.concatMapStrings (entry: entry + "\n") entries;
  service = name: port: transports: map (transport: "${name}\t${toString port}/${transport}") transports;
  tcp = [ "tcp" ];
  udp = [ "udp" ];
  both = tcp ++ udp;
in
symlinkJoin {
  name = "iana-etc-minimal";
  paths = [
    (writeTextDir "etc/protocols" (lines [
      "ip\t0\tIP"
      "icmp\t1\tICMP"
      "igmp\t2\tIGMP"
      "tcp\t6\tTCP"
      "udp\t17\tUDP"
      "ipv6\t41\tIPv6"
      "gre\t47\tGRE"
      "esp\t50\tESP"
      "ah\t51\tAH"
      "ipv6-icmp\t58\tIPv6-ICMP"
      "ospf\t89\tOSPF"
      "sctp\t132\tSCTP"
      "udplite\t136\tUDPLite"
    ]))
    (writeTextDir "etc/services" (lines (lib.concatLists [
      (service "echo" 7 both)
      (service "discard" 9 both)
      (service "daytime" 13 both)
      (service "ftp-data" 20 tcp)
      (service "ftp" 21 tcp)
      (service "ssh" 22 tcp)
      (service "telnet" 23 tcp)
      (service "smtp" 25 tcp)
      (service "time" 37 both)
      (service "domain" 53 both)
      (service "bootps" 67 udp)
      (service "bootpc" 68 udp)
      (service "tftp" 69 udp)
      (service "finger" 79 tcp)
      (service "http" 80 tcp)
      (service "kerberos" 88 both)
      (service "pop3" 110 tcp)
      (service "sunrpc" 111 both)
      (service "nntp" 119 tcp)
      (service "ntp" 123 udp)
      (service "imap2" 143 tcp)
      (service "snmp" 161 both)
      (service "ldap" 389 both)
      (service "https" 443 both)
      (service "submissions" 465 tcp)
      (service "syslog" 514 udp)
      (service "submission" 587 tcp)
      (service "ldaps" 636 both)
      (service "rsync" 873 tcp)
      (service "imaps" 993 tcp)
      (service "pop3s" 995 tcp)
      (service "mysql" 3306 tcp)
      (service "postgresql" 5432 tcp)
      (service "redis" 6379 tcp)
      (service "git" 9418 tcp)
    ])))
  ];
}
