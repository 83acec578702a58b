using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>A file of the configuration that has errors.</summary>
/// <param name="Path">As shown in messages.</param>
/// <param name="Service">The service that it is of; null for superd.toml and whatever is no service file.</param>
/// <param name="Errors">How many errors it has.</param>
/// <param name="First">The first of them.</param>
internal sealed record BrokenFile(string Path, string? Service, int Errors, ValueArray<Diagnostic> First)
{
    /// <summary>How many errors of a file are kept.</summary>
    public const int MostKept = 10;

    /// <summary>The files at fault, in the order of their first error.</summary>
    /// <param name="servicesDirectory">As shown in messages.</param>
    public static ImmutableArray<BrokenFile> In(IEnumerable<Diagnostic> problems, string servicesDirectory) =>
    [
        .. problems
            .Where(problem => problem.Severity == Severity.Error)
            .GroupBy(problem => problem.File, StringComparer.Ordinal)
            .Select(file => new BrokenFile(
                file.Key,
                ServiceOf(file.Key, servicesDirectory),
                file.Sum(error => error.Number),
                [.. file.Where(error => error.Number == 1).Take(MostKept)])),
    ];

    /// <summary>A name that no service may have is quoted, so that its row and what asks for it are safe to print.</summary>
    private static string? ServiceOf(string file, string directory)
    {
        string name = System.IO.Path.GetFileName(file);
        if (!ServicesDirectory.IsServiceFile(name) || file != System.IO.Path.Combine(directory, name))
        {
            return null;
        }

        string service = name[..^ServicesDirectory.Extension.Length];
        return ServicesDirectory.WhatIsWrongWithName(service) is null ? service : Wording.QuoteWhole(service);
    }
}
