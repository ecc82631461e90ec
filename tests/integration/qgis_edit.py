"""Run by Debian's Python with QGIS: edits in the project of a GeoPackage, as a person makes them in its layers.

Arguments: the GeoPackage, the name of its project, and edits as JSON: a list of ``[layer, what, ...]``.
"""

import json
import sys

from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsPointXY, QgsProject, edit

package, project_name, edits = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
assert project.read(f"geopackage:{package}?projectName={project_name}")
group = project.layerTreeRoot().findGroup("Edit me")


def called(layer):
    """The table of a layer, not the title that people are shown."""
    return layer.source().rpartition("layername=")[2]


layers = {called(node.layer()): node.layer() for node in group.findLayers()}
others = [layer for layer in project.mapLayers().values() if called(layer) not in layers and hasattr(layer, "readOnly")]
snapping = project.snappingConfig()
found = {
    "snapping": snapping.enabled(),
    "snapped": sorted(called(layer) for layer, one in snapping.individualLayerSettings().items() if one.enabled()),
    "read_only": all(layer.readOnly() for layer in others),
    "editable": {name: not layer.readOnly() for name, layer in layers.items()},
    "widgets": {
        name: {field.name(): layer.editorWidgetSetup(i).type() for i, field in enumerate(layer.fields())}
        for name, layer in layers.items()
    },
    "systems": [next(iter(one)) for one in layers["edit_via"].editorWidgetSetup(2).config().get("map", [])],
}


def shape(points):
    places = [QgsPointXY(*point) for point in points]
    return QgsGeometry.fromPointXY(places[0]) if len(places) == 1 else QgsGeometry.fromPolygonXY([places])


for name, what, *rest in edits:
    layer = layers[name]
    with edit(layer):
        if what == "add":
            points, values = rest
            feature = QgsFeature(layer.fields())
            feature.setGeometry(shape(points))
            for field, value in values.items():
                feature[field] = value
            assert layer.addFeature(feature)
            continue
        key, *more = rest
        (feature,) = [one for one in layer.getFeatures() if one[1] == key]
        if what == "delete":
            assert layer.deleteFeature(feature.id())
        elif what == "move":
            east, north = more
            moved = QgsGeometry(feature.geometry())
            moved.translate(east, north)
            assert layer.changeGeometry(feature.id(), moved)
        elif what == "set":
            field, value = more
            assert layer.changeAttributeValue(feature.id(), layer.fields().indexOf(field), value)
print(json.dumps(found))
