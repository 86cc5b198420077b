using System.Reflection;

namespace Microsoft.ML.Transforms;

/// <summary>
/// A saved custom mapping is its contract and the name of the assembly it lives in; schema definitions are not saved. Loading finds
/// the class with the contract's attribute in that assembly or in a registered one.
/// </summary>
internal static class CustomMapping
{
    public const string LoaderName = "CustomMapping";

    public static void Save(ModelSaveContext ctx, string? contractName, Assembly assembly)
    {
        ModelSaveContext.CheckNotNull(ctx);
        if (string.IsNullOrEmpty(contractName))
            throw new InvalidOperationException("Empty contract name for a transform: the transform cannot be saved");
        ctx.Write(LoaderName, writer =>
        {
            writer.Write(contractName);
            writer.Write(assembly.FullName!);
        });
    }

    public static ITransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        string contractName = reader.ReadString();
        ctx.Environment.ComponentCatalog.RegisterAssembly(Assembly.Load(reader.ReadString()));
        object factory = ctx.Environment.ComponentCatalog.CreateExtension<CustomMappingFactoryAttributeAttribute>(contractName);
        return factory is ICustomMappingFactory custom
            ? custom.Create(contractName)
            : throw new InvalidOperationException(
                $"The class {factory.GetType()} with the contract '{contractName}' must derive from 'CustomMappingFactory'.");
    }
}
