using SuperD.Configuration.Keys;

namespace SuperD.Tests.Configuration.Schemas;

/// <summary>Values in TOML, good for some keys and bad for others.</summary>
internal static class SampleValues
{
    private static readonly string[] s_ofAllKinds =
    [
        "true", "false", "1.5", "-0.5", "[]", "{}", "[[]]", "[{}]", "[true]", "[1.5]", "\"\"", "[\"\"]", "\" \"", "\"a\\u0000b\"",
        "[\"a\\u0000b\"]", "\"{\"", "\"}\"", "\"{{peer}} {service}}}\"", "\"{peer} {reason}\"", "\"{peers}\"", "{ odd = 1 }", "[\"a\", 1]",
        "[1, 2]", "\"a\\nb\"", "\"\u00e4\u20ac\"",
    ];

    private static readonly string[] s_integers =
    [
        "-9223372036854775808", "-1001", "-1000", "-21", "-20", "-1", "0", "1", "7", "19", "20", "22", "255", "256", "511", "512", "1000",
        "1001", "4095", "4096", "65535", "65536", "1048575", "1048576", "4194304", "4194305", "2147483647", "2147483648", "4294967294",
        "4294967295", "9223372036854775807",
    ];

    /// <summary>What stands in quotes.</summary>
    private static readonly string[] s_texts =
    [
        // words
        "none", "basic", "strict", "jail", "on", "off", "log", "socket", "null", "info", "warn", "warning", "error", "debug", "trace",
        "text", "json", "v1", "v2", "v3", "echo", "ECHO", "tcpmux", "refuse", "queue", "kill", "keep", "graceful", "immediate", "unlimited",
        "auto", "stderr", "journal", "syslog", "file:", "file:/", "file:/var/log/", "file:/var/log/x", "file:x", "REMOTE_ADDR",
        "REMOTE_ADDRESS", "A=B", "net_raw", "CAP_NET_RAW", "cap_Net_Raw", "cap_net_rawer", "UTC",
        // numbers and units
        "0", "5", "007", "022", "0660", "777", "778", "1000", "0000777", "-1", "+5", "0x1f", "5 ", "0s", "00s", "0d0h0m0s0ms", "5s", "5m",
        "5ms", "500ms", "1m30s", "30s1m", "1s1s", "5sec", "1h30", "s", "365d", "366d", "8760h", "8761h", "525600m", "525601m", "31536000s",
        "31536001s", "31536000000ms", "31536000001ms", "9h", "10h", "32767s", "32768s", "1d", "0d5s", "1.5s", "-5s", "5S", "B", "0B", "5B",
        "64K", "64KiB", "64KB", "64k", "64M", "1023K", "1024K", "1M", "1048575", "1048576", "3K", "4K", "4095B", "4096B", "0K", "8191P",
        "5 M", "5M:10M", "1:2", "1:unlimited", "unlimited:unlimited", "1:2:3", "1:", ":1", "5s:10s", "9223372036854775807",
        "10000000000000000000", "99999999999T", "5G:6T", "50%", "0%", "1%", "1000000%", "1000001%", "50", "50 %", "10M/s", "1K/s", "1023/s",
        "1024/s", "10M/min", "10/s", "0/s", "1/min", "1000000/h", "1000001/h", "5/d burst 3", "5/d burst 0", "5/d  burst 3", "5/w",
        "5/s burst", "/s", "0-3,8", "0-", "8191", "8192", "0 - 3", "1 , 2", "1,,2", ",", "70000-74095", "0-5", "1 - 5", "1-4294967295",
        "a-b",
        // addresses
        "9003", "65535", "65536", ":80", ":http", "http", "127.0.0.1:80", "127.0.0.1:http", "127.0.0.1", "127.0.0.1:", "127.0.0.256:80",
        "127.0.0.01:80", "127.1:80", "[::1]:80", "[::1]", "::1:80", "[::1:80", "[127.0.0.1]:80", "localhost:80", "LocalHost:80", "*:80",
        "example.org:80", "example.org:0", "example.org", "-a_b.example:443", "10.0.0.1.:5", "tcp://:80", "tcp://127.0.0.1:80", "udp://:69",
        "udp://[::1]:69", "udp:69", "udp://", "http://:80", "unix:", "unix:@", "unix:@x", "unix:x", "unix:/", "unix:/run/x", "unix:/run/",
        "/run/x", "a b:80", "127.0.0.1:65536", "db.example:5432", "db.example:65536", "[fe80::1%]:80", "a/b:80", "localhost",
        "[1:2:3:4:5:6:7:8:9]:80", "1:2:3:4:5:6:7:8:9", "1::2:3", "::ffff:192.0.2.1", "10.0.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0",
        "10.0.0", "::/0", "::1", "2001:db8::/32", "2001:db8::/129", "::1%lo", "@", "@friends.txt", "uid:", "uid:*", "uid:alice", "gid:5",
        "gid:", "any",
        // names and paths
        "nobody", "nobody:", ":", ":adm", "nobody:adm", "a:b:c", "/usr/bin/cat", "./cat", "-", "--", "-/srv", "/srv/", "a b", "han",
        "a-b.c", "a_b", "a/b", "x123456789012345678901234567890123456789012345678901234567890123",
        "x1234567890123456789012345678901234567890123456789012345678901234", "+read", "-read", "read", "+@debug", "+", "+@", "-READ",
        "+a b",
        // days and times
        "Mon", "mon", "Monday", "Mon-Fri", "Fri-Mon,Wed", "Mon-", "Mon,", "Mon-Fri 08:00-18:00", "Mon-Fri  8:00-24:00 ", "22:00-06:00",
        "24:00-06:00", "08:00-24:01", "8-18", "08:00-18:60", "008:00-18:00", "08:00-18:00 Mon", "Mon 08:00", "Mon Tue",
    ];

    private static readonly string[] s_tables =
    [
        "{ file = \"x\" }", "{ file = \"\" }", "{ file = 1 }", "{ file = \"x\", odd = 1 }", "{ A = \"x\" }", "{ A = 1 }",
        "{ \"A=B\" = \"x\" }", "{ \"\" = \"x\" }", "{ REMOTE_ADDR = \"x\" }",
        "{ memory = \"64M\", processes = 20, cpu = \"50%\", io = \"10M/s\" }", "{ memory = \"1023K\" }", "{ memory = 1048576 }",
        "{ memory = 1 }", "{ memory = true }", "{ memory = \"unlimited\" }", "{ processes = 0 }", "{ processes = \"unlimited\" }",
        "{ processes = \"5\" }", "{ cpu = 50 }", "{ cpu = \"0%\" }", "{ io = \"1023/s\" }", "{ io = 5000 }", "{ tmp = 0 }",
        "{ tmp = \"0\" }", "{ tmp = \"0K\" }", "{ tmp = 4095 }", "{ tmp = \"4K\" }", "{ tmp = -1 }", "{ proc = true }", "{ proc = 1 }",
        "{ hostname = \"a.b-c\" }", "{ hostname = \"a_b\" }", "{ hostname = \"\" }", "{ devices = \"/dev/kvm\" }",
        "{ devices = [\"/dev/kvm\"] }", "{ devices = [] }", "{ devices = \"\" }", "{ bind = {} }", "{ bind = { \"/app\" = \"/srv\" } }",
        "{ bind = { app = \"/srv\" } }", "{ bind = { \"/app\" = \"\" } }", "{ bind = { \"/\" = \"/srv\" } }", "{ bind = \"/app\" }",
        "{ slots = 5, from = \"::1\" }", "{ slots = 0, from = \"::1\" }", "{ slots = 5 }", "{ from = \"::1\" }", "{ from = [] }",
        "{ from = [\"::1\", \"x\"] }", "{ from = \"::1\", env = { A = \"\" } }", "{ from = \"::1\", env = { A = 1 } }",
        "{ from = \"::1\", exec = \"/bin/cat\" }", "{ from = \"::1\", exec = [] }", "{ from = \"::1\", exec = 1 }",
        "{ env = { A = \"\" } }", "[{ from = \"::1\" }, { from = \"::2\" }]", "{ v4 = 24, v6 = 56 }", "{ v4 = 0 }", "{ v4 = 33 }",
        "{ v6 = 128 }", "{ v6 = 129 }", "{ v6 = \"56\" }", "{ signal = \"90s\", exit = { 77 = \"5s\" }, timeout = \"20s\" }",
        "{ signal = 5 }", "{ exit = { 255 = \"5s\" } }", "{ exit = { 256 = \"5s\" } }", "{ exit = { x = \"5s\" } }", "{ exit = \"5s\" }",
        "{ exit = { 007 = \"5\" } }", "{ min = \"1s\", max = \"1m\" }", "{ exempt = \"::1\" }", "{ exempt = [] }", "{ exempt = \"x\" }",
        "{ time = \"10m\", exempt = [\"10.0.0.0/8\"] }", "{ time = \"0s\" }", "{ time = 5 }",
        "{ idle = \"60s\", interval = \"10s\", probes = 6 }", "{ idle = \"0s\" }", "{ idle = \"32768s\" }", "{ idle = 60 }",
        "{ probes = 0 }", "{ probes = 127 }", "{ probes = 128 }", "{ nofile = 1024 }", "{ nofile = -1 }", "{ nofile = \"5M\" }",
        "{ cpu = \"10s\" }", "{ cpu = \"10\" }", "{ core = \"5M:unlimited\" }", "{ level = \"info\" }", "{ level = \"notice\" }",
        "{ group = \"adm\" }", "{ enabled = 1 }", "{ instances = 40 }", "{ instances = 0 }", "{ listen = 5 }",
    ];

    /// <summary>Every value, among them the example of each key.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. s_ofAllKinds, .. s_integers, .. s_texts.Select(text => $"\"{text}\""), .. s_texts.Select(text => $"[\"{text}\"]"), .. s_tables,
        .. KeyTable.Rows.Select(key => key.Example).Distinct(),
    ];

    /// <summary>Keys with values that superd refuses for a reason no schema can see.</summary>
    public static IEnumerable<string[]> OnlySuperdRefuses =>
    [
        ["only_from", "\"10.1.2.3/8\""], // bits behind the prefix
        ["listen", "\"[fe80::1%no-such0]:80\""],
        ["access_times", "\"08:00-08:00\""], // it ends when it starts
        ["time_zone", "\"Europe/Nowhere\""],
        ["syscalls", "\"+no_such_call\""],
        ["cpu_affinity", "\"3-0\""],
        ["rlimit.core", "\"2:1\""], // the soft limit above the hard one
        ["run_timeout", "\"364d8000h\""], // too long in all
        ["/dynamic_users", "\"5-1\""],
        ["keepalive", "{ idle = \"9h6m8s\" }"], // too long in all
        ["instances", "1e3"], // in JSON it is an integer
        ["description", "1979-05-27"], // JSON has no dates
    ];
}
