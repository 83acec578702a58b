using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SuperD;

/// <summary>The assemblies that superd uses, where they are files: in a build with a JIT.</summary>
internal static class ProgramAssemblies
{
    /// <summary>
    /// Loads all of them. The runtime would load each when its code first runs; a superd that has no descriptor free at that moment would
    /// crash. Takes about 15 ms, and nothing in a native build.
    /// </summary>
    public static void LoadAll()
    {
        if (RuntimeFeature.IsDynamicCodeCompiled)
        {
            var seen = new HashSet<string>();
            LoadReferencesOf(typeof(ProgramAssemblies).Assembly, seen);
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "What is not referenced in the file is not used either.")]
    private static void LoadReferencesOf(Assembly assembly, HashSet<string> seen)
    {
        foreach (AssemblyName reference in assembly.GetReferencedAssemblies())
        {
            if (seen.Add(reference.FullName))
            {
                LoadReferencesOf(Assembly.Load(reference), seen);
            }
        }
    }
}
