namespace SuperD.Configuration;

/// <summary>Why a program would not run.</summary>
/// <param name="Why">What is wrong, as a sentence of its own without its end.</param>
/// <param name="Remedy">What to do.</param>
internal readonly record struct ProgramFault(string Why, string Remedy)
{
    public override string ToString() => $"{Why}; {Remedy}";
}
