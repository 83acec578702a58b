using NUnit.Framework;
using SuperD.Cli;
using SuperD.Configuration.Keys;
using SuperD.Importing.Xinetd;
using SuperD.Tests.Importing;

namespace SuperD.Tests.Cli;

/// <summary>The table of xinetd's attributes that superd prints.</summary>
public sealed class HelpXinetdTests
{
    private static readonly string[] s_lines = HelpXinetdCommand.Render().Split('\n');

    [Test]
    public void The_table_fits_80_columns() => Assert.That(s_lines.Where(line => line.Length > 80), Is.Empty);

    [Test]
    public void The_table_has_no_trailing_spaces() => Assert.That(s_lines.Where(line => line.EndsWith(' ')), Is.Empty);

    [Test]
    public void The_columns_are_aligned()
    {
        foreach (string line in s_lines[3..].Where(line => line.Length > 0))
        {
            Assert.That(line.StartsWith(' ') ? line.Length - line.TrimStart().Length : 32, Is.EqualTo(32), line);
            Assert.That(line.Length < 16 || line[15] == ' ', Is.True, line);
        }
    }

    [Test]
    public void Every_attribute_flag_and_type_has_its_row()
    {
        string[] names =
        [
            .. XinetdAttributes.Rows.Select(row => row.Name),
            .. XinetdAttributes.Flags.Select(row => row.Name),
            .. XinetdAttributes.Types.Select(row => row.Name),
        ];
        Assert.That(names.Where(name => s_lines.Count(line => line.StartsWith(name + " ", StringComparison.Ordinal)) != 1), Is.Empty);
    }

    /// <summary>The attributes that the manual page xinetd.conf(5) documents.</summary>
    [Test]
    public void Every_documented_attribute_is_in_the_table()
    {
        const string Documented =
            "id type flags disable socket_type protocol wait user group instances nice server server_args libwrap only_from no_access "
                + "access_times log_type log_on_success log_on_failure "
            + "rpc_version rpc_number env passenv port redirect bind interface banner banner_success banner_fail per_source "
            + "cps max_load groups mdns umask enabled disabled "
            + "rlimit_as rlimit_files rlimit_cpu rlimit_data rlimit_rss rlimit_stack deny_time v6only";
        Assert.That(Documented.Split(' ').Where(name => XinetdAttributes.Find(name) is null), Is.Empty);
        const string Flags = "INTERCEPT NORETRY IDONLY NAMEINARGS NODELAY KEEPALIVE NOLIBWRAP SENSOR IPv4 IPv6 LABELED REUSE";
        Assert.That(Flags.Split(' ').Where(name => XinetdAttributes.Find(XinetdAttributes.Flags, name) is null), Is.Empty);
    }

    /// <summary>The other entries are not keys: "the log", "always".</summary>
    [Test]
    public void What_an_attribute_is_here_is_a_key()
    {
        string[] noKeys = [XinetdAttribute.None, "file name", "see TYPES", "see FLAGS", "the log", "always"];
        IEnumerable<string> keys = XinetdAttributes.Rows.Select(row => row.Here)
            .Concat(XinetdAttributes.Flags.Concat(XinetdAttributes.Types).Select(row => row.Here))
                .Except(noKeys)
                .Select(here => here.Split(' ')[0]);
        Assert.That(keys.Where(key => !IsKey(key)), Is.Empty);
    }

    private static bool IsKey(string name) => name.Split('.') switch
    {
        ["rlimit", var limit] => KeyTable.Find(KeyPlaces.Limits, limit) is not null,
        ["log", var key] => KeyTable.Find(KeyPlaces.Log, key) is not null,
        _ => KeyTable.Find(KeyPlaces.Service, name) is not null,
    };

    [Test]
    public void What_has_no_counterpart_says_why()
    {
        Assert.That(XinetdAttributes.Rows.Where(row => row.Here == XinetdAttribute.None && row.Note.Length == 0), Is.Empty);
        Assert.That(
            XinetdAttributes.Flags.Concat(XinetdAttributes.Types).Where(row => row.Here == XinetdAttribute.None && row.Note.Length == 0),
            Is.Empty);
    }
}
