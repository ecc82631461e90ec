"""Run by Debian's Python with GDAL: every feature of a file of any format, as JSON on standard output."""

import json
import sys

from osgeo import gdal, ogr

gdal.UseExceptions()
place, epsg = sys.argv[1], int(sys.argv[2])
source = gdal.OpenEx(place, gdal.OF_VECTOR)
found = {}
for layer in (source.GetLayer(number) for number in range(source.GetLayerCount())):
    rows = []
    for feature in layer:
        shape = feature.GetGeometryRef()
        if shape is not None and epsg:
            there, here = ogr.osr.SpatialReference(), ogr.osr.SpatialReference()
            for reference, code in ((there, epsg), (here, 4326)):
                reference.ImportFromEPSG(code)
                reference.SetAxisMappingStrategy(ogr.osr.OAMS_TRADITIONAL_GIS_ORDER)
            shape.Transform(ogr.osr.CoordinateTransformation(there, here))
        rows.append([feature.items(), None if shape is None else bytes(shape.ExportToIsoWkb()).hex()])
    found[layer.GetName()] = rows
print(json.dumps(found))
