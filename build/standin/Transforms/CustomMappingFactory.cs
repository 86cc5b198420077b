namespace Microsoft.ML.Transforms;

[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class CustomMappingFactoryAttributeAttribute : ExtensionBaseAttribute
{
    public CustomMappingFactoryAttributeAttribute(string contractName)
        : base(contractName)
    {
    }
}

public abstract class CustomMappingFactory<TSrc, TDst> : ICustomMappingFactory
    where TSrc : class, new()
    where TDst : class, new()
{
    protected CustomMappingFactory()
    {
    }

    public abstract Action<TSrc, TDst> GetMapping();

    ITransformer ICustomMappingFactory.Create(string contractName) => new CustomMappingTransformer<TSrc, TDst>(
        GetMapping(), contractName, null, null);
}

internal interface ICustomMappingFactory
{
    ITransformer Create(string contractName);
}
