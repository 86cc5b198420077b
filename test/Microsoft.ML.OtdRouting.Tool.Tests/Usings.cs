global using Xunit;
global using Microsoft.ML.Data;
