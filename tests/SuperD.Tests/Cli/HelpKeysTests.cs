using NUnit.Framework;
using SuperD.Cli;
using SuperD.Configuration.Keys;

namespace SuperD.Tests.Cli;

/// <summary>The key reference that superd prints.</summary>
public sealed class HelpKeysTests
{
    private static readonly string[] s_lines = HelpKeysCommand.Render().Split('\n');

    [Test]
    public void The_reference_fits_80_columns() => Assert.That(s_lines.Where(line => line.Length > 80), Is.Empty);

    [Test]
    public void The_reference_has_no_trailing_spaces() => Assert.That(s_lines.Where(line => line.EndsWith(' ')), Is.Empty);

    [Test]
    public void The_columns_are_aligned()
    {
        string[] heads = [.. s_lines.Where(line => line.Length > 0 && !line.StartsWith(' ') && line.Contains("  "))];
        Assert.That(heads, Has.Length.GreaterThan(30));
        Assert.That(
            heads.Where(head => head.Length < 55 || head[20] != ' ' || head[21] == ' ' || head[53] != ' ' || head[54] == ' '), Is.Empty);
    }

    [Test]
    public void Every_key_has_its_entry()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Key key in KeyTable.Rows)
            {
                string name = key.Places switch
                {
                    KeyPlaces.Limits => $"rlimit.{key.Name}* ",
                    KeyPlaces.Log => $"log.{key.Name} ",
                    KeyPlaces.Control => $"control.{key.Name} ",
                    KeyPlaces.Server when key is TableKey => $"[{key.Name}] ",
                    KeyPlaces.Service | KeyPlaces.Defaults => $"{key.Name}* ",
                    _ => $"{key.Name} ",
                };
                Assert.That(s_lines, Has.Exactly(1).StartsWith(name));
            }
        }
    }
}
