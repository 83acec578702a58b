using System.Collections;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>Jails from before a reload or an upgrade, until it is known which services have the same ones again. Loop only.</summary>
internal sealed class SpareJails : IEnumerable<JailTemplate>
{
    private readonly Dictionary<string, JailTemplate> _jails = new(StringComparer.Ordinal);
    private int _round;

    /// <summary>How many descriptors they have open.</summary>
    public int Descriptors => _jails.Values.Sum(jail => jail.Descriptors);

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _jails.Count == 0;

    /// <summary>Adds one; null adds none.</summary>
    public void Add(JailTemplate? jail)
    {
        if (jail is not null && !_jails.TryAdd(jail.Text, jail))
        {
            jail.Dispose();
        }
    }

    /// <summary>Takes the one that is as described, see <see cref="JailLayout.Text"/>; null if there is none.</summary>
    public JailTemplate? Take(string text) => _jails.Remove(text, out JailTemplate? jail) ? jail : null;

    /// <summary>Closes those that are left when so many have looked for theirs; each calls what this returns.</summary>
    /// <remarks>A later round takes the place of one that has not come to its end.</remarks>
    public Action CloseAfter(int looks)
    {
        int round = ++_round;
        int left = looks;
        if (left == 0)
        {
            CloseAll();
        }

        return () =>
        {
            if (--left == 0 && round == _round)
            {
                CloseAll();
            }
        };
    }

    public IEnumerator<JailTemplate> GetEnumerator() => _jails.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void CloseAll()
    {
        foreach (JailTemplate jail in _jails.Values)
        {
            jail.Dispose();
        }

        _jails.Clear();
    }
}
