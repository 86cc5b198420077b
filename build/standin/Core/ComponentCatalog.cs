using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>
/// Finds the factories of custom mappings by contract name, in assemblies that were registered or named by a saved model.
/// </summary>
public sealed class ComponentCatalog
{
    private readonly List<Assembly> _assemblies = [];

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        lock (_assemblies)
        {
            if (!_assemblies.Contains(assembly))
                _assemblies.Add(assembly);
        }
    }

    /// <summary>An assembly may refer to another that is not here; the types that do not need it are still usable.</summary>
    private static IEnumerable<Type> LoadableTypes(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            return exception.Types.OfType<Type>();
        }
    }

    internal object CreateExtension<TAttribute>(string contractName)
        where TAttribute : ExtensionBaseAttribute
    {
        Assembly[] assemblies;
        lock (_assemblies)
            assemblies = [.. _assemblies];
        foreach (Type type in assemblies.SelectMany(LoadableTypes))
        {
            if (type.GetCustomAttribute<TAttribute>() is { } attribute && attribute.ContractName == contractName)
                return Activator.CreateInstance(type, nonPublic: true)!;
        }

        throw new InvalidOperationException(
            $"Unable to locate a class with the attribute '{typeof(TAttribute).Name}' and the contract '{contractName}'.");
    }
}
