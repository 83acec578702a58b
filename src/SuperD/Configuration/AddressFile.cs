using System.Collections.Immutable;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The content of a file of addresses and ranges: one or more per line, separated by blanks; '#' starts a comment.</summary>
/// <remarks>Equal if they are the same file: superd follows changes of its content at run time, so a reload need not see them.</remarks>
/// <param name="Path">Absolute.</param>
/// <param name="Stamp">Taken before the file was read, so that a change during the read is noticed at the next check.</param>
/// <param name="Prefixes">The addresses and ranges.</param>
internal sealed record AddressFile(string Path, FileStamp Stamp, ImmutableArray<IpPrefix> Prefixes)
{
    /// <summary>About 200,000 ranges.</summary>
    private const int LargestSize = 4 * 1024 * 1024;

    /// <summary>A file of another kind has an error on every line.</summary>
    private const int MostProblems = 5;

    /// <summary>Compares the paths only.</summary>
    public bool Equals(AddressFile? other) => other is not null && Path == other.Path;

    public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);

    /// <summary>Reads the file; null when anything in it is wrong, which is reported. Blocks; any thread.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="problems">Receives the problems.</param>
    /// <param name="strict">Checks who can change the file; null for no check.</param>
    public static AddressFile? Read(string path, Problems problems, StrictModes? strict)
    {
        if (ConfigurationFile.Read(path, problems, strict, LargestSize) is not { } file)
        {
            return null;
        }

        var prefixes = ImmutableArray.CreateBuilder<IpPrefix>();
        int bad = 0;
        int number = 0;
        foreach (ReadOnlySpan<char> line in Encoding.UTF8.GetString(file.Bytes).AsSpan().TrimStart('\uFEFF').EnumerateLines())
        {
            number++;
            int comment = line.IndexOf('#');
            ReadOnlySpan<char> items = comment < 0 ? line : line[..comment];
            foreach (Range range in items.SplitAny(' ', '\t'))
            {
                ReadOnlySpan<char> item = items[range];
                if (item.IsEmpty)
                {
                    continue;
                }

                if (IpPrefix.WhatIsWrong(item, out IpPrefix prefix) is not { } wrong)
                {
                    prefixes.Add(prefix);
                }
                else if (++bad <= MostProblems)
                {
                    var span = new SourceSpan(number, range.Start.Value + 1, item.Length);
                    problems.Error(new Place(path, span), $"{Wording.Quote(item.ToString())} {wrong}");
                }
            }
        }

        if (bad > MostProblems)
        {
            problems.Error(
                new Place(path, SourceSpan.WholeFile),
                $"has {bad} bad items, of which the first {MostProblems} are shown; is it a file of addresses?");
        }

        return bad > 0 ? null : new AddressFile(path, file.Stamp, prefixes.ToImmutable());
    }
}
