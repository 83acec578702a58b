namespace SuperD.Services;

/// <summary>superd's own version: <c>1.0.0</c>.</summary>
internal static class SuperdVersion
{
    /// <summary>The version as text; <c>unknown</c> if the assembly has none.</summary>
    public static string Text { get; } = typeof(SuperdVersion).Assembly.GetName().Version?.ToString(3) ?? "unknown";
}
