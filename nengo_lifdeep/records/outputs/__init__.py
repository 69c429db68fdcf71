"""Records and evaluations in the forms of other tools: NeuroBench, pandas, xarray, NIR."""
