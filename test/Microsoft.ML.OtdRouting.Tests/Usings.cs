global using Microsoft.ML.Data;
global using Xunit;
