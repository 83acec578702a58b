namespace SuperD.Linux;

internal static unsafe partial class LibC
{
    internal const int AF_NETLINK = 16;
    internal const int NETLINK_SOCK_DIAG = 4;
    internal const int NLM_F_REQUEST = 1;
    internal const int NLM_F_DUMP = 0x300;
    internal const int SOCK_DIAG_BY_FAMILY = 20;
    internal const int INET_DIAG_INFO = 2;
    internal const int SKNLGRP_INET_TCP_DESTROY = 1;
    internal const int SKNLGRP_INET6_TCP_DESTROY = 3;
}
