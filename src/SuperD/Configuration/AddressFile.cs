using System.Collections.Immutable;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>A file of addresses and ranges, as it was when it was read: one or more per line, between spaces; '#' begins a comment.</summary>
/// <remarks>Two are equal when they are the same file: what is in it is followed while superd runs, and no reload is needed for it.</remarks>
/// <param name="Path">Absolute.</param>
/// <param name="Stamp">Taken before the file was read, so that a change meanwhile is noticed at the next look.</param>
internal sealed record AddressFile(string Path, FileStamp Stamp, ImmutableArray<IpPrefix> Prefixes)
{
    /// <summary>Some 200,000 ranges.</summary>
    private const int LargestSize = 4 * 1024 * 1024;

    /// <summary>A file that is something else altogether has a mistake in each line.</summary>
    private const int MostProblems = 5;

    public bool Equals(AddressFile? other) => other is not null && Path == other.Path;

    public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);

    /// <summary>Reads the file whole; null when anything in it is wrong, which is then reported. Blocks; any thread.</summary>
    /// <param name="strict">Null: it may be anybody's.</param>
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
                    problems.Error(new Place(path, new SourceSpan(number, range.Start.Value + 1, item.Length)), $"{Wording.Quote(item.ToString())} {wrong}");
                }
            }
        }

        if (bad > MostProblems)
        {
            problems.Error(new Place(path, SourceSpan.WholeFile), $"has {bad} bad items, of which the first {MostProblems} are shown; is it a file of addresses?");
        }

        return bad > 0 ? null : new AddressFile(path, file.Stamp, prefixes.ToImmutable());
    }
}
